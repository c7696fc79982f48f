import { ResultAsync, err, errAsync, type Result } from "neverthrow";
import { createBag } from "../domain/bag.ts";
import { isObject } from "../domain/guards.ts";
import type { HttpClient, HttpClosed, HttpError, HttpRequest, HttpResponse } from "../ports/http-client.ts";
import type { Dependencies } from "./dependencies.ts";
import { inTime } from "./in-time.ts";

type Exchange = Result<HttpResponse, HttpError>;

/** A client that keeps time by itself answers well before this is over, even if the event loop was held up. */
const GRACE_SECONDS = 2;

/**
 * Guards the application's own client, which may have a bug. If it never answered, it would keep a slot of the worker
 * for ever. So an exchange whose time has long passed ends with `HttpTimeout`, and an answer that comes later counts
 * for nothing.
 *
 * If it leaves an exchange open when it is closed, or never finishes closing, it would keep whoever closes waiting. So
 * it has the time of one exchange to close, and then the same time again for the exchanges that it has left open,
 * because an answer is worth recording. What is still open then ends with `HttpClosed`.
 *
 * A client that says `endsAtClose` ends its exchanges itself, as hookledger's own clients do, which have a timer for
 * each. A second one would show in the figures.
 *
 * @param clock - the real one: connections end in real time, whatever clock the application tests with
 */
export function guardHttpClient(
  client: HttpClient,
  { clock, logger, request: { timeoutSeconds } }: Pick<Dependencies, "clock" | "logger" | "request">,
): HttpClient {
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
      const over = new AbortController();
      const ending =
        <Answer>(settle: (answer: Answer) => void) =>
        (answer: Answer) => {
          remove();
          over.abort();
          if (isClosed && open.size === 0) drained();
          settle(answer);
        };
      const end = ending(resolve);
      const remove = open.add(end);
      answer.then(end, ending(reject));
      // Not by `inTime`, which passes an answer on some microtasks later: in them, a worker claimed another delivery of
      // a webhook whose answer asks for a pause. Aborting the sleep also resolves it.
      void clock.sleep((request.timeoutSeconds + GRACE_SECONDS) * 1000, over.signal).then(() => {
        if (!over.signal.aborted) end(late(request));
      });
    });
  }

  function late({ timeoutSeconds: limit }: HttpRequest): Exchange {
    logger.error("the HTTP client did not answer in time, which is a bug in the client", { timeoutSeconds: limit });
    const message = `the HTTP client did not answer, although the request has a limit of ${limit} s`;
    return err({ type: "HttpTimeout", timeoutSeconds: limit, message });
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
