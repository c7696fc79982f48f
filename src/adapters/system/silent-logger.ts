import type { Logger } from "../../ports/logger.ts";

export const silentLogger: Logger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
