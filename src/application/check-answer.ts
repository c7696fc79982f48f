import type { InvalidInput } from "../domain/invalid-input.ts";
import { anyOf, isBoolean, isNumber, isObject, isString, nullOr, oneOf, shape, type Guard } from "../domain/guards.ts";
import type { HttpError, HttpResponse } from "../ports/http-client.ts";
import type { CipherFailed, EncryptedValue } from "../ports/secret-cipher.ts";
import type { SigningFailed } from "../ports/signer.ts";

// The application may bring its own client, signer and cipher, written in JavaScript. What goes from their answers into
// an event, or into the secret store, is checked first. If the storage refused an outcome, there would be no event, and
// the request would be sent again each time the lease ends, for ever.

type HttpErrors = { readonly [Type in HttpError["type"]]: Guard<Extract<HttpError, { readonly type: Type }>> };

const isAnything: Guard<unknown> = (_value): _value is unknown => true;

const httpErrors: HttpErrors = {
  HttpTimeout: shape({ type: oneOf("HttpTimeout"), timeoutSeconds: isNumber, message: isString }),
  HttpConnectionFailed: shape({
    type: oneOf("HttpConnectionFailed"),
    code: nullOr(isString),
    message: isString,
    cause: isAnything,
  }),
  HttpForbiddenAddress: shape({
    type: oneOf("HttpForbiddenAddress"),
    host: isString,
    address: nullOr(isString),
    range: isString,
    message: isString,
  }),
  HttpInvalidRequest: shape({ type: oneOf("HttpInvalidRequest"), field: isString, rule: isString, message: isString }),
  HttpClosed: shape({ type: oneOf("HttpClosed"), message: isString }),
};

export const isHttpError: Guard<HttpError> = anyOf<readonly HttpError[]>(...Object.values(httpErrors));

export const isSigningFailed: Guard<SigningFailed> = shape<SigningFailed>({
  type: oneOf("SigningFailed"),
  message: isString,
  cause: isAnything,
});

export const isCipherFailed: Guard<CipherFailed> = shape<CipherFailed>({
  type: oneOf("CipherFailed"),
  retryable: isBoolean,
  message: isString,
  cause: isAnything,
});

export const isEncryptedValue: Guard<EncryptedValue> = shape({ keyId: isString, value: isString });

export const isInvalidInput: Guard<InvalidInput> = shape<InvalidInput>({
  type: oneOf("InvalidInput"),
  field: isString,
  rule: isString,
  message: isString,
});

/**
 * Checks only the headers that hookledger reads. Another may have several values, as `set-cookie` has in Node's own.
 */
export function isHttpResponse({ statusCode = 0, headers, body }: Partial<HttpResponse>): boolean {
  const isStatus = Number.isInteger(statusCode) && statusCode >= 100 && statusCode <= 999;
  if (!isStatus || !isObject(headers) || typeof body !== "string") return false;
  return isOneOrNone(headers["retry-after"]) && isOneOrNone(headers["content-encoding"]);
}

function isOneOrNone(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}
