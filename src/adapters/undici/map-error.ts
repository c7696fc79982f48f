import type { HttpConnectionFailed, HttpForbiddenAddress } from "../../ports/http-client.ts";
import type { ForbiddenAddress } from "../../ports/network-policy.ts";
import { ForbiddenAddressError } from "./guarded-lookup.ts";

/** Longer than any client's chain of causes. The bound guards against a cause that is its own cause. */
const MAX_CAUSES = 8;

/** Describes in our words what a client library threw: its own messages may contain a URL or a header's value. */
export function mapError(thrown: unknown, host: string): HttpConnectionFailed | HttpForbiddenAddress {
  const chain = causesOf(thrown);
  const forbidden = chain.find((error) => error instanceof ForbiddenAddressError);
  if (forbidden !== undefined) return forbiddenAddress(forbidden.forbidden);

  const coded = chain.find((error) => codeOf(error) !== null);
  const code = codeOf(coded);
  return {
    type: "HttpConnectionFailed",
    code,
    message: `request to ${host} failed: ${explain(code)}${code === null ? "" : ` (${code})`}`,
    // Not the outermost: ky wraps what it catches together with the request and its headers.
    cause: coded ?? chain.at(-1) ?? thrown,
  };
}

export function forbiddenAddress(forbidden: ForbiddenAddress): HttpForbiddenAddress {
  return { ...forbidden, type: "HttpForbiddenAddress" };
}

function causesOf(thrown: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let error = thrown; error instanceof Error && chain.length < MAX_CAUSES; error = error.cause) chain.push(error);
  return chain;
}

function codeOf(error: Error | undefined): string | null {
  return error !== undefined && "code" in error && typeof error.code === "string" ? error.code : null;
}

function explain(code: string | null): string {
  switch (code) {
    case "ENOTFOUND":
      return "the host name does not resolve; check the url";
    case "ECONNREFUSED":
      return "nothing accepts connections there; check the port and that the receiver runs";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
    case "UND_ERR_CONNECT_TIMEOUT":
      return "the address is not reachable; check routes and firewalls";
    case "ECONNRESET":
    case "EPIPE":
    case "UND_ERR_SOCKET":
      return "the receiver closed the connection before its response was complete";
    case "UND_ERR_HEADERS_OVERFLOW":
      return "the response's headers are too large";
    case null:
      return "the exchange could not be completed";
  }
  if (code.startsWith("HPE_")) return "the response is not HTTP/1.1; check that the port speaks it";
  if (/CERT|SELF_SIGNED|TLS|SSL|EPROTO/.test(code)) {
    return "the TLS handshake failed; check the receiver's certificate and that the port speaks https";
  }
  return "the exchange could not be completed";
}
