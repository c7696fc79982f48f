import { ResultAsync, err, errAsync, type Result } from "neverthrow";
import { createBag } from "../domain/bag.ts";
import type { HttpClient, HttpClosed, HttpError, HttpRequest, HttpResponse } from "../ports/http-client.ts";
import type { Clock } from "../ports/clock.ts";
import { isObject } from "./check-arguments.ts";
import type { RequestSettings } from "./deliveries/request-settings.ts";
import { inTime } from "./in-time.ts";

type Exchange = Result<HttpResponse, HttpError>;

/**
 * The application's own client, which may have a bug: one that leaves an exchange open as it is closed, or does not come to an end
 * itself, would keep whoever closes waiting for ever. It has the time of one exchange to close, and as long again for what it has left
 * open, since an answer is worth recording; what is open then ends with `HttpClosed`. One that says that it ends at close does so by itself, as hookledger's own do.
 *
 * @param clock - the real one: connections are ended in real time, whatever clock the application tests with
 */
export function guardHttpClient(client: HttpClient, clock: Clock, { timeoutSeconds }: RequestSettings): HttpClient {
  /** What ends each exchange that is under way. */
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

/** One in JavaScript may answer at once, and then there is nothing that is left open. */
function isLater(answer: unknown): answer is PromiseLike<Exchange> {
  return isObject(answer) && "then" in answer && typeof answer.then === "function";
}

const wasClosed: HttpClosed = { type: "HttpClosed", message: "the HTTP client was closed" };
