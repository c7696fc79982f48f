import { ResultAsync, err, errAsync, type Result } from "neverthrow";
import { createBag } from "../domain/bag.ts";
import type { HttpClient, HttpClosed, HttpError, HttpResponse } from "../ports/http-client.ts";
import type { Clock } from "../ports/clock.ts";
import type { RequestSettings } from "./deliveries/request-settings.ts";
import { inTime } from "./in-time.ts";

type Exchange = Result<HttpResponse, HttpError>;

interface Open {
  readonly end: (exchange: Exchange) => void;
  readonly answered: Promise<void>;
}

/**
 * The application's own client, which may have a bug: one that leaves an exchange open as it is closed, or does not come to an end
 * itself, would keep whoever closes waiting for ever. It has the time of one exchange to close, and as long again for what it has left
 * open, since an answer is worth recording; what is open then ends with `HttpClosed`.
 *
 * @param clock - the real one: connections are ended in real time, whatever clock the application tests with
 */
export function guardHttpClient(client: HttpClient, clock: Clock, { timeoutSeconds }: RequestSettings): HttpClient {
  const open = createBag<Open>();
  let isClosed = false;

  function endsInTime(closing: Promise<unknown>): Promise<boolean> {
    const ended = closing.then(() => true);
    return inTime<boolean>(clock, timeoutSeconds, ended, () => false);
  }

  async function endAll(): Promise<void> {
    await endsInTime(Promise.all(open.items().map(({ answered }) => answered)));
    for (const { end } of open.items()) end(err(wasClosed));
  }

  return {
    post: (request) =>
      isClosed
        ? errAsync(wasClosed)
        : new ResultAsync(
            new Promise<Exchange>((resolve, reject) => {
              const answered = Promise.resolve(client.post(request)).then(resolve, reject);
              void answered.then(open.add({ end: resolve, answered }));
            }),
          ),
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

const wasClosed: HttpClosed = { type: "HttpClosed", message: "the HTTP client was closed" };
