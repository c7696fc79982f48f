export { undiciHttpClient, type ResolverOptions } from "./undici-http-client.ts";
