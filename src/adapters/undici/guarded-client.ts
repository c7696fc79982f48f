import { ResultAsync, err, errAsync, ok } from "neverthrow";
import type { Result } from "neverthrow";
import type { Agent } from "undici";
import type { HttpClient, HttpClosed, HttpError, HttpResponse, HttpTimeout } from "../../ports/http-client.ts";
import type { NetworkPolicy } from "../../ports/network-policy.ts";
import { checkRequest } from "./check-request.ts";
import type { CheckedRequest } from "./check-request.ts";
import { createGuardedAgent } from "./guarded-agent.ts";
import { forbiddenAddress, mapError } from "./map-error.ts";
import { readLimitedBody } from "./read-limited-body.ts";

export interface Received {
  readonly statusCode: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** The part in which the adapters differ. It may reject; it must give up when the signal says so. */
export type Send = (agent: Agent, request: CheckedRequest, signal: AbortSignal) => Promise<Received>;

/** All that the adapters promise alike: checks, the network policy, the time limit, the size limit, closing. */
export function createGuardedClient(network: NetworkPolicy, send: Send): HttpClient {
  const agent = createGuardedAgent(network);
  const inFlight = new Set<(error: HttpError) => void>();
  let closing: Promise<void> | null = null;

  /**
   * Does not wait for `send` once the time is over: an undici request that still waits for its
   * connection heeds the signal only when it has one.
   */
  const exchange = (request: CheckedRequest): Promise<Result<HttpResponse, HttpError>> =>
    new Promise((resolve) => {
      const controller = new AbortController();
      const settle = (outcome: Result<HttpResponse, HttpError>): void => {
        clearTimeout(timer);
        inFlight.delete(abandon);
        resolve(outcome);
      };
      const abandon = (error: HttpError): void => {
        settle(err(error));
        controller.abort();
      };
      const timer = setTimeout(() => abandon(timedOut(request)), request.timeoutSeconds * 1000);
      inFlight.add(abandon);
      send(agent, request, controller.signal)
        .then(async ({ body, ...head }) => ({ ...head, ...(await readLimitedBody(body)) }))
        .then(
          (response) => settle(ok(response)),
          (thrown: unknown) => settle(err(mapError(thrown, request.url.host))),
        );
    });

  return {
    post(request) {
      if (closing !== null) return errAsync(closed());
      return checkRequest(request)
        .andThen((checked) =>
          // A literal address is connected to without a look-up, so it has to be judged here.
          network
            .judgeHost(checked.url.hostname)
            .map(() => checked)
            .mapErr(forbiddenAddress),
        )
        .asyncAndThen((checked) => new ResultAsync(exchange(checked)));
    },
    close() {
      closing ??= agent.destroy();
      for (const abandon of inFlight) abandon(closed());
      return closing;
    },
  };
}

function timedOut({ url, timeoutSeconds }: CheckedRequest): HttpTimeout {
  const message = `request to ${url.host} was not answered in full within ${timeoutSeconds} s, connecting and the response's body included`;
  return { type: "HttpTimeout", timeoutSeconds, message };
}

function closed(): HttpClosed {
  return { type: "HttpClosed", message: "the HTTP client is closed; open a new one to send requests" };
}
