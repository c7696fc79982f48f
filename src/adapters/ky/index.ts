export { kyHttpClient } from "./ky-http-client.ts";
