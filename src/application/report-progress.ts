import type { Logger } from "../ports/logger.ts";
import { causeFacts } from "./error-facts.ts";

/**
 * Tells the application how far something has come. What it makes of that is its own: a bug in it is logged, and ends
 * nothing. A promise's executor turns what is thrown at once into a rejection as well.
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
