import { ResultAsync, err, errAsync, ok } from "neverthrow";
import type { Result } from "neverthrow";
import type { Agent } from "undici";
import type { HttpClient, HttpClosed, HttpError, HttpResponse, HttpTimeout } from "../../ports/http-client.ts";
import type { NetworkPolicy } from "../../ports/network-policy.ts";
import { createCheckRequest } from "./check-request.ts";
import type { CheckedRequest } from "./check-request.ts";
import type { Exchange, Received } from "./exchange.ts";
import { createGuardedAgent } from "./guarded-agent.ts";
import { mapError } from "./map-error.ts";

/** The part in which the adapters differ. */
export type Send = (agent: Agent, request: CheckedRequest) => Exchange;

/** All that the adapters promise alike: checks, the network policy, the time limit, closing. */
export function createGuardedClient(network: NetworkPolicy, send: Send): HttpClient {
  const agent = createGuardedAgent(network);
  const checkRequest = createCheckRequest(network);
  const inFlight = new Set<(error: HttpError) => void>();
  let closing: Promise<void> | null = null;

  /**
   * Does not wait for `send` once the time is over: an undici request that still waits for its
   * connection heeds nothing before it has one.
   */
  const exchange = (request: CheckedRequest): Promise<Result<HttpResponse, HttpError>> =>
    new Promise((resolve) => {
      const { received, abandon } = send(agent, request);
      const settle = (outcome: Result<HttpResponse, HttpError>): void => {
        clearTimeout(timer);
        inFlight.delete(giveUp);
        resolve(outcome);
      };
      const giveUp = (error: HttpError): void => {
        settle(err(error));
        abandon();
      };
      const timer = setTimeout(() => giveUp(timedOut(request)), request.timeoutSeconds * 1000);
      inFlight.add(giveUp);
      received.then(
        (response) => settle(ok(toResponse(response))),
        (thrown: unknown) => settle(err(mapError(thrown, request.url.host))),
      );
    });

  return {
    post(request) {
      if (closing !== null) return errAsync(closed());
      const checked = checkRequest(request);
      return checked.isErr() ? errAsync(checked.error) : new ResultAsync(exchange(checked.value));
    },
    close() {
      closing ??= agent.destroy();
      for (const giveUp of inFlight) giveUp(closed());
      return closing;
    },
  };
}

/** Unfinished (`stream`), the decoder keeps back a character that the limit has cut in two. */
function toResponse({ body, ...received }: Received): HttpResponse {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return { ...received, body: body.length === 0 ? "" : decoder.decode(body, { stream: received.truncated }) };
}

function timedOut({ url, timeoutSeconds }: CheckedRequest): HttpTimeout {
  const message = `request to ${url.host} was not answered in full within ${timeoutSeconds} s, connecting and the response's body included`;
  return { type: "HttpTimeout", timeoutSeconds, message };
}

function closed(): HttpClosed {
  return { type: "HttpClosed", message: "the HTTP client is closed; open a new one to send requests" };
}
