export type * from "./commands.ts";
export { deliveryDecider } from "./decider.ts";
export * from "./errors.ts";
export type * from "./events.ts";
export type * from "./state.ts";
