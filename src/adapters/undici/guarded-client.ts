import { ResultAsync, err, errAsync, ok } from "neverthrow";
import type { Result } from "neverthrow";
import type { Dispatcher } from "undici";
import { createBag } from "../../domain/bag.ts";
import type { HttpClient, HttpClosed, HttpError, HttpResponse, HttpTimeout } from "../../ports/http-client.ts";
import { bodyText } from "./body-text.ts";
import { createCheckRequest } from "./check-request.ts";
import type { CheckedRequest } from "./check-request.ts";
import type { Exchange, Received } from "./exchange.ts";
import { createGuardedAgent, type Connecting } from "./guarded-agent.ts";
import { mapError } from "./map-error.ts";

/** The part in which the adapters differ. */
export type Send = (agent: Dispatcher, request: CheckedRequest) => Exchange;

/** Implements what all the adapters promise: checks, the network policy, the time limit, closing. */
export function createGuardedClient(connecting: Connecting, send: Send): HttpClient {
  const agent = createGuardedAgent(connecting);
  const checkRequest = createCheckRequest(connecting.network);
  let closing: Promise<void> | null = null;
  /**
   * The functions that break off each exchange. The agent does not know all exchanges: it forgets an origin if one of
   * its connections has failed.
   */
  const underWay = createBag<() => void>();

  /**
   * Does not wait for `send` once the time is over: an undici request that still waits for its connection cannot be
   * aborted until it has one.
   */
  const exchange = (request: CheckedRequest): Promise<Result<HttpResponse, HttpError>> =>
    new Promise((resolve) => {
      const { received, abandon } = send(agent, request);
      const settle = (outcome: Result<HttpResponse, HttpError>): void => {
        clearTimeout(timer);
        over();
        resolve(outcome);
      };
      const over = underWay.add(() => {
        settle(err(closed()));
        abandon();
      });
      const timer = setTimeout(() => {
        settle(err(timedOut(request)));
        abandon();
      }, request.timeoutSeconds * 1000);
      received.then(
        (response) => settle(ok(toResponse(response))),
        (thrown: unknown) => settle(err(closing === null ? mapError(thrown, request.url.host) : closed())),
      );
    });

  return {
    endsAtClose: true,
    post(request) {
      if (closing !== null) return errAsync(closed());
      const checked = checkRequest(request);
      return checked.isErr() ? errAsync(checked.error) : new ResultAsync(exchange(checked.value));
    },
    close() {
      closing ??= agent.destroy();
      for (const breakOff of underWay.items()) breakOff();
      return closing;
    },
  };
}

function toResponse(received: Received): HttpResponse {
  const { statusCode, headers, truncated } = received;
  return { statusCode, headers, body: bodyText(received), truncated };
}

function timedOut({ url, timeoutSeconds }: CheckedRequest): HttpTimeout {
  const what = `request to ${url.host} got no complete response within ${timeoutSeconds} s`;
  const message = `${what}, counting the time to connect and to receive the body`;
  return { type: "HttpTimeout", timeoutSeconds, message };
}

function closed(): HttpClosed {
  return { type: "HttpClosed", message: "the HTTP client is closed; open a new one to send requests" };
}
