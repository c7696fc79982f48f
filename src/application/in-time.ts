import type { Clock } from "../ports/clock.ts";

/** What is answered within so many seconds; after that, what `late` makes of it. */
export async function inTime<T>(
  clock: Clock,
  seconds: number,
  answering: PromiseLike<T>,
  late: () => NoInfer<T>,
): Promise<T> {
  const settled = new AbortController();
  const timeout = clock.sleep(seconds * 1000, settled.signal).then(late);
  try {
    return await Promise.race([answering, timeout]);
  } finally {
    settled.abort();
  }
}
