export { byDueTime } from "./by-due-time.ts";
export type * from "./commands.ts";
export { deliveryDecider } from "./decider.ts";
export * from "./errors.ts";
export type * from "./events.ts";
export { burstOf, nextWithinLimit, RATE_LIMITS, waitsAfter, withinLimits } from "./rate-limit.ts";
export { shareOut, type Dealt, type Place } from "./share-out.ts";
export type * from "./state.ts";
