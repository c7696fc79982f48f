import { isObject } from "../domain/guards.ts";
import type { Logger } from "../ports/logger.ts";

/**
 * Guards the application's own logger, which may have a bug. If it throws, or returns a promise that rejects, the line
 * is not logged and nothing else happens: there is nobody to tell.
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
  // The event to be logged has happened all the same.
}
