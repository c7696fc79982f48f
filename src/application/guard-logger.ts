import type { Logger } from "../ports/logger.ts";
import { isObject } from "./check-arguments.ts";

/**
 * The application's own logger, which may have a bug: one that throws, or answers with a promise that rejects, has not logged, and
 * that is all. There is nobody to tell of it.
 */
export function guardLogger(logger: Logger): Logger {
  const guarded =
    (level: keyof Logger): Logger[typeof level] =>
    (message, facts) => {
      try {
        const answer: unknown = logger[level](message, facts);
        if (isObject(answer) && "then" in answer) Promise.resolve(answer).catch(goOn);
      } catch {
        goOn();
      }
    };
  return { info: guarded("info"), warn: guarded("warn"), error: guarded("error") };
}

function goOn(): void {
  // What was to be logged has happened all the same.
}
