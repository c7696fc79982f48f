import type { LogFacts } from "../ports/logger.ts";
import type { ExecuteError } from "./execute.ts";

/** As the drivers and Node write them: `57014`, `SQLITE_FULL`, `ECONNRESET`. */
const CODE = /^[0-9A-Z_]{1,40}$/;

/**
 * What the log is told of an error. Of a damaged event it is also where that stands; of the storage's error the reason, and the name and the code
 * of what caused it. It is no message, neither the error's nor its cause's: a server may repeat in it a value that it could not read, and
 * that may be a payload's or a secret.
 */
export function errorFacts(error: ExecuteError): LogFacts {
  if (error.type === "DamagedEvent") return { error: error.type, position: error.position, streamId: error.streamId };
  if (error.type !== "StorageError") return { error: error.type };
  const { type, reason, cause } = error;
  return { error: type, reason, ...causeFacts(cause) };
}

/** Of what caused an error, where that is known. */
export function causeFacts(cause: unknown): LogFacts {
  return cause === undefined ? {} : { cause: nameOf(cause), ...codeOf(cause) };
}

/** Of what was thrown, which may be anything, and may hold anything. */
export function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : typeof thrown;
}

function codeOf(cause: unknown): { readonly code?: string } {
  if (!(cause instanceof Error && "code" in cause)) return {};
  const { code } = cause;
  return typeof code === "string" && CODE.test(code) ? { code } : {};
}
