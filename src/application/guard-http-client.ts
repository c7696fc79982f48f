import { ResultAsync, err, type Result } from "neverthrow";
import { createBag } from "../domain/bag.ts";
import type { HttpClient, HttpClosed, HttpError, HttpResponse } from "../ports/http-client.ts";
import type { Dependencies } from "./dependencies.ts";
import { inTime } from "./in-time.ts";

type Exchange = Result<HttpResponse, HttpError>;

/**
 * The application's own client, which may have a bug: one that leaves an exchange open as it is closed, or does not come to an end
 * itself, would keep whoever closes waiting for ever. What is open once it is closed ends with `HttpClosed`, as it should have by then.
 */
export function guardHttpClient(
  client: HttpClient,
  { clock, request: { timeoutSeconds } }: Pick<Dependencies, "clock" | "request">,
): HttpClient {
  const open = createBag<(exchange: Exchange) => void>();

  async function closed(): Promise<boolean> {
    await client.close();
    return true;
  }

  return {
    post: (request) =>
      new ResultAsync(
        new Promise<Exchange>((resolve, reject) => {
          const answered = client.post(request).then(resolve, reject);
          void answered.then(open.add(resolve));
        }),
      ),
    async close() {
      try {
        const isClosed = await inTime(clock, timeoutSeconds, closed(), () => false);
        if (!isClosed) throw new Error(`the HTTP client did not close within ${timeoutSeconds} s`);
      } finally {
        for (const end of open.items()) end(err(wasClosed));
      }
    },
  };
}

const wasClosed: HttpClosed = {
  type: "HttpClosed",
  message: "the HTTP client was closed, and did not end the exchange",
};
