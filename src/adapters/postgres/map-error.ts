import { storageError, type StorageError, type StorageErrorReason } from "../../ports/storage-error.ts";
import { codeOf, withCauses } from "./inner-error.ts";
import { LibraryFailed } from "./library-failed.ts";

/** Behind a pooler, the next statement may run in another session. */
const mixedUp =
  "prepared statements were mixed up with another session's; behind a connection pooler, set transactionPooling";

const grants = `"Roles" in docs/postgres.md lists the grants`;

/** PostgreSQL's error codes (its manual, appendix A) by how they begin. The first two characters are a class. */
const reasons: readonly (readonly [prefix: string, reason: StorageErrorReason, what: string])[] = [
  ["08", "disconnected", "the connection to the server was lost"],
  ["57P01", "disconnected", "the server is being shut down"],
  ["57P02", "disconnected", "the server has crashed"],
  ["57P03", "disconnected", "the server is starting up or shutting down"],
  ["57P05", "disconnected", "the server has ended an idle session"],
  ["53300", "disconnected", "the server allows no more connections"],
  ["57014", "timeout", "the statement took too long and was cancelled"],
  ["25P02", "no-transaction", "an earlier statement of the transaction failed, so it can only be rolled back"],
  ["25P03", "timeout", "the transaction was idle for too long"],
  ["25P04", "timeout", "the transaction took too long"],
  ["40", "locked", "the server rolled the transaction back because of other transactions"],
  ["55P03", "locked", "another transaction holds a lock"],
  ["53100", "full", "the server has no space left; make some and try again"],
  ["53", "full", "the server has run out of memory or of another resource"],
  ["25006", "read-only", "the server or the session is read-only"],
  ["26000", "unreachable", mixedUp],
  ["42P05", "unreachable", mixedUp],
  ["28", "unreachable", "the server refuses to log this user in"],
  ["3D000", "unreachable", "there is no such database"],
  ["42501", "unreachable", `the user lacks a privilege; ${grants}`],
  ["42P01", "unreachable", "hookledger's tables are not in this database, or no longer"],
  ["3F000", "unreachable", `the schema is not there, or the user lacks the privilege to use it; ${grants}`],
];

/**
 * The class of errors of the server's operating system and disk. Some pass, and to try again does no harm: to give up
 * at once would drop outcomes.
 */
const SYSTEM_ERROR = "58";

/** Codes of Node's sockets, for errors that nothing else marks as a socket's. */
const socketCodes = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN"];

/** Codes of Node and OpenSSL for certificates. */
const certificateCode = /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH)/;

/** What node-postgres says if client and server do not agree on how to connect. */
const noHandshake = /^(?:The server does not support SSL|There was an error establishing an SSL|SASL|SCRAM)/;

/** What node-postgres says of a lost connection if it has no code for it. */
const lost = /^(?:Connection terminated|Client has encountered a connection error|Query read timeout)/;
const noneInTime = /^timeout exceeded when trying to connect/;

/** What node-postgres says if the application has ended its pool or a client. */
const ended = /^(?:Cannot use a pool after calling end|Client was closed and is not queryable)/;

/**
 * What PgBouncer says of a parameter that a session shared by several clients cannot have. PgBouncer uses the same code
 * when it is full.
 */
const poolerRefuses = /^unsupported startup parameter/;

/** The form of PostgreSQL's codes: five characters. */
const sqlState = /^[0-9A-Z]{5}$/;

/**
 * Returns the `StorageError` behind what the driver or drizzle threw, or null if that is a bug and no error of the
 * database's. The cause has the driver's message and code and nothing else, because the driver's details repeat what
 * was in the row. If a library failed by itself, the cause is what the library threw.
 */
export function mapError(thrown: unknown): StorageError | null {
  for (const error of withCauses(thrown)) {
    const { message } = error;
    if (error instanceof LibraryFailed) return storageError("unexpected", message, error.cause);
    const code = codeOf(error);
    if (code !== null && (socketCodes.includes(code) || isOfSystem(error)))
      return storageError("disconnected", `the server cannot be reached (${message || code})`, withCode(message, code));
    if (noneInTime.test(message)) {
      const what = "no connection of the pool was free in time, or the server cannot be reached";
      return storageError("disconnected", `${what} (${message})`, withCode(message, code));
    }
    if (ended.test(message))
      return storageError("closed", `the application has ended the connection (${message})`, withCode(message, code));
    if (lost.test(message))
      return storageError("disconnected", `the connection was lost (${message})`, withCode(message, code));
    if (noHandshake.test(message) || (code !== null && certificateCode.test(code)))
      return storageError("unreachable", `cannot connect to the server (${message})`, withCode(message, code));
    if (poolerRefuses.test(message)) {
      const rule = "the connection pooler in front of the server needs the option transactionPooling";
      return storageError("unreachable", `${rule} (${message})`, withCode(message, code));
    }
    if (code !== null && sqlState.test(code) && "severity" in error) {
      const [, reason, what] = reasons.find(([prefix]) => code.startsWith(prefix)) ?? [
        "",
        "unexpected",
        "PostgreSQL reported an error",
      ];
      const mapped = storageError(reason, `${what} (${code}: ${message})`, withCode(message, code));
      return code.startsWith(SYSTEM_ERROR) ? { ...mapped, retryable: true } : mapped;
    }
  }
  return null;
}

/**
 * Tells whether the error is the operating system's. It can only be about a socket or a look-up: the database's files
 * are on the server, and none is opened here.
 */
function isOfSystem(error: Error): boolean {
  return "syscall" in error && typeof error.syscall === "string" && "errno" in error;
}

function withCode(message: string, code: string | null): Error {
  return Object.assign(new Error(message), code === null ? {} : { code });
}
