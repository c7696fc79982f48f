import { describe, expect, it } from "vitest";
import { ForbiddenAddressError } from "../../src/adapters/undici/guarded-lookup.ts";
import { mapError } from "../../src/adapters/undici/map-error.ts";

const coded = (code: unknown) => Object.assign(new Error("of the system, with a secret"), { code });

describe("what a client library threw", () => {
  it.each([
    ["ENOTFOUND", "does not resolve"],
    ["ECONNREFUSED", "nothing accepts connections there"],
    ["EHOSTUNREACH", "is not reachable"],
    ["ENETUNREACH", "is not reachable"],
    ["ETIMEDOUT", "is not reachable"],
    ["UND_ERR_CONNECT_TIMEOUT", "is not reachable"],
    ["ECONNRESET", "closed the connection"],
    ["EPIPE", "closed the connection"],
    ["UND_ERR_SOCKET", "closed the connection"],
    ["UND_ERR_HEADERS_OVERFLOW", "headers are too large"],
    ["HPE_INVALID_CONSTANT", "is not HTTP/1.1"],
    ["CERT_HAS_EXPIRED", "TLS handshake failed"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "TLS handshake failed"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "TLS handshake failed"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "TLS handshake failed"],
    ["EPROTO", "TLS handshake failed"],
    ["EMFILE", "could not be completed"],
  ])("with the code %s is explained in words of ours, beside the host and the code", (code, explanation) => {
    const cause = coded(code);
    const error = mapError(new Error("outer, with a secret", { cause }), "receiver.example:8080");
    expect(error).toMatchObject({ type: "HttpConnectionFailed", code, cause });
    expect(error.message).toContain(explanation);
    expect(error.message).toMatch(/^request to receiver\.example:8080 failed: .* \([A-Z_]+\)$/);
    expect(error.message).not.toContain("secret");
  });

  it("has as its cause the first error with a code, or else the innermost", () => {
    const innermost = new Error("innermost");
    const middle = Object.assign(new Error("middle", { cause: innermost }), { code: 7 });
    expect(mapError(new Error("outer", { cause: middle }), "h")).toEqual({
      ...{ type: "HttpConnectionFailed", code: null, cause: innermost },
      message: "request to h failed: the exchange could not be completed",
    });
    const first = Object.assign(new Error("first", { cause: coded("EPIPE") }), { code: "ECONNRESET" });
    expect(mapError(new Error("outer", { cause: first }), "h")).toMatchObject({ code: "ECONNRESET", cause: first });
  });

  it("is HttpForbiddenAddress if the look-up refused, whatever lies around it", () => {
    const forbidden = { host: "h", address: "::1", range: "loopback", message: "refused" };
    const cause = new ForbiddenAddressError({ type: "ForbiddenAddress", ...forbidden });
    const thrown = Object.assign(new Error("outer", { cause }), { code: "UND_ERR_SOCKET" });
    expect(mapError(thrown, "h")).toEqual({ type: "HttpForbiddenAddress", ...forbidden });
  });

  it("may be no error at all, or its own cause", () => {
    expect(mapError("text", "h")).toMatchObject({ type: "HttpConnectionFailed", code: null, cause: "text" });
    const circular = new Error("circular");
    circular.cause = circular;
    expect(mapError(circular, "h")).toMatchObject({ type: "HttpConnectionFailed", code: null, cause: circular });
  });
});
