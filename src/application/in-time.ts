import type { Clock } from "../ports/clock.ts";

/** What is answered within so many seconds; after that, what `late` makes of it, which is not called before. */
export async function inTime<T>(
  clock: Clock,
  seconds: number,
  answering: PromiseLike<T>,
  late: () => NoInfer<T>,
): Promise<T> {
  const settled = new AbortController();
  // What is there at once, and no promise, is an answer all the same.
  const answered = Promise.resolve(answering).then((answer) => () => answer);
  // To break the sleep off ends it as well.
  const timeout = clock.sleep(seconds * 1000, settled.signal).then(() => late);
  try {
    const first = await Promise.race([answered, timeout]);
    return first();
  } finally {
    settled.abort();
  }
}
