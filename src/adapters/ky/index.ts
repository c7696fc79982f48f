export type { ResolverOptions } from "../undici/resolver-options.ts";
export { kyHttpClient } from "./ky-http-client.ts";
