export { inProcessSigner } from "./in-process-signer.ts";
export { systemClock } from "./system-clock.ts";
export { systemRandom } from "./system-random.ts";
export { uuidV7Ids } from "./uuid-v7-ids.ts";
export { silentLogger } from "./silent-logger.ts";
