import type { Logger } from "../ports/logger.ts";
import { causeFacts } from "./error-facts.ts";

/**
 * Tells the application how far the work has come. If its callback throws, or returns a promise that rejects, that is
 * logged and the work goes on. A promise's executor turns a synchronous throw into a rejection as well.
 */
export function reportProgress<Progress>(
  logger: Logger,
  onProgress: ((progress: Progress) => unknown) | undefined,
  progress: Progress,
): void {
  if (onProgress === undefined) return;
  new Promise((resolve) => resolve(onProgress(progress))).catch((thrown: unknown) => {
    logger.warn("onProgress threw; the work goes on without it", causeFacts(thrown));
  });
}
