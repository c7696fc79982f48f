import { ResultAsync, err, errAsync, type Result } from "neverthrow";
import { createBag } from "../domain/bag.ts";
import type { HttpClient, HttpClosed, HttpError, HttpRequest, HttpResponse } from "../ports/http-client.ts";
import type { Clock } from "../ports/clock.ts";
import { isObject } from "./check-arguments.ts";
import type { RequestSettings } from "./deliveries/request-settings.ts";
import { inTime } from "./in-time.ts";

type Exchange = Result<HttpResponse, HttpError>;

/**
 * Guards the application's own client, which may have a bug. If it leaves an exchange open when it is closed, or never
 * finishes closing, it would keep whoever closes waiting for ever. So it has the time of one exchange to close, and
 * then the same time again for the exchanges that it has left open, because an answer is worth recording. What is still
 * open then ends with `HttpClosed`. A client that says `endsAtClose` ends its exchanges itself, as hookledger's own
 * clients do.
 *
 * @param clock - the real one: connections end in real time, whatever clock the application tests with
 */
export function guardHttpClient(client: HttpClient, clock: Clock, { timeoutSeconds }: RequestSettings): HttpClient {
  /** The functions that end each exchange under way. */
  const open = createBag<(exchange: Exchange) => void>();
  let isClosed = false;
  let drained: () => void = () => undefined;
  const allAnswered = new Promise<void>((resolve) => (drained = resolve));

  function endsInTime(closing: Promise<unknown>): Promise<boolean> {
    const ended = closing.then(() => true);
    return inTime<boolean>(clock, timeoutSeconds, ended, () => false);
  }

  async function endAll(): Promise<void> {
    if (open.size > 0) await endsInTime(allAnswered);
    for (const end of open.items()) end(err(wasClosed));
  }

  function exchange(request: HttpRequest): Promise<Exchange> {
    return new Promise((resolve, reject) => {
      const answer = client.post(request);
      if (!isLater(answer)) return resolve(answer);
      const remove = open.add(resolve);
      const answered =
        <Answer>(settle: (answer: Answer) => void) =>
        (answer: Answer) => {
          remove();
          if (isClosed && open.size === 0) drained();
          settle(answer);
        };
      answer.then(answered(resolve), answered(reject));
    });
  }

  return {
    post(request) {
      if (client.endsAtClose === true) return client.post(request);
      return isClosed ? errAsync(wasClosed) : new ResultAsync(exchange(request));
    },
    async close() {
      isClosed = true;
      try {
        if (await endsInTime(client.close())) return;
      } finally {
        await endAll();
      }
      throw new Error(`the HTTP client did not close within ${timeoutSeconds} s`);
    },
  };
}

/** A client in JavaScript may answer at once; then it has left nothing open. */
function isLater(answer: unknown): answer is PromiseLike<Exchange> {
  return isObject(answer) && "then" in answer && typeof answer.then === "function";
}

const wasClosed: HttpClosed = { type: "HttpClosed", message: "the HTTP client was closed" };
