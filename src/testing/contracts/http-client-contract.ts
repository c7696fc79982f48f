import { describe } from "vitest";
import type { HttpClientAdapter } from "../../ports/http-client.ts";
import { clientOpener } from "./http-client/clients.ts";
import { registerClosingCases } from "./http-client/closing.ts";
import { registerFailureCases } from "./http-client/failures.ts";
import { registerNetworkCases } from "./http-client/network.ts";
import { registerProxyCases } from "./http-client/proxy.ts";
import { registerRequestCases } from "./http-client/requests.ts";
import { registerResponseCases } from "./http-client/responses.ts";
import { registerValidationCases } from "./http-client/validation.ts";

/** Registers the tests of what every `HttpClientAdapter` promises, over real sockets on loopback. */
export function httpClientContract(name: string, create: () => HttpClientAdapter): void {
  const openClient = clientOpener(create);
  describe(`HTTP client contract: ${name}`, () => {
    describe("the request", () => registerRequestCases(openClient));
    describe("the response", () => registerResponseCases(openClient));
    describe("timeouts and broken connections", () => registerFailureCases(openClient));
    describe("the network policy", () => registerNetworkCases(openClient));
    describe("through a proxy", () => registerProxyCases(openClient));
    describe("requests that break a rule are HttpInvalidRequest", () => registerValidationCases(openClient));
    describe("closing", () => registerClosingCases(openClient));
  });
}
