export type { ResolverOptions } from "../undici/undici-http-client.ts";
export { kyHttpClient } from "./ky-http-client.ts";
