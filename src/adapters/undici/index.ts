export type { ResolverOptions } from "./resolver-options.ts";
export { undiciHttpClient } from "./undici-http-client.ts";
