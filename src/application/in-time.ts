import type { Clock } from "../ports/clock.ts";

/** Returns the answer if it comes within `seconds`, and otherwise the result of `late`, which is called only then. */
export async function inTime<T>(
  clock: Clock,
  seconds: number,
  answering: PromiseLike<T>,
  late: () => NoInfer<T>,
): Promise<T> {
  const settled = new AbortController();
  // An answer that is no promise counts as well.
  const answered = Promise.resolve(answering).then((answer) => () => answer);
  // Aborting the sleep also resolves it.
  const timeout = clock.sleep(seconds * 1000, settled.signal).then(() => late);
  try {
    const first = await Promise.race([answered, timeout]);
    return first();
  } finally {
    settled.abort();
  }
}
