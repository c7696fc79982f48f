export { undiciHttpClient } from "./undici-http-client.ts";
