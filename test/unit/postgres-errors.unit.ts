import { describe, expect, it } from "vitest";
import { mapError } from "../../src/adapters/postgres/map-error.ts";
import { violationOf } from "../../src/adapters/postgres/violation.ts";

function serverError(code: string, message = "the server's words"): Error {
  return Object.assign(new Error(message), { code, severity: "ERROR" });
}

it.each([
  ["08006", "disconnected", true],
  ["57P01", "disconnected", true],
  ["57014", "timeout", true],
  ["25P03", "timeout", true],
  ["25P04", "timeout", true],
  ["40001", "locked", true],
  ["40P01", "locked", true],
  ["55P03", "locked", true],
  ["53100", "full", true],
  ["53200", "full", true],
  ["53300", "disconnected", true],
  ["58030", "unexpected", true],
  ["25006", "read-only", false],
  ["28P01", "unreachable", false],
  ["3D000", "unreachable", false],
  ["42501", "unreachable", false],
  ["42P01", "unreachable", false],
  ["3F000", "unreachable", false],
  ["23505", "unexpected", false],
])("%s is %s", (code, reason, retryable) => {
  const error = mapError(serverError(code));
  expect(error).toMatchObject({ type: "StorageError", reason, retryable });
  expect(error?.message).toContain(code);
});

it.each([
  ["23505", "PostgreSQL reported an error (23505: "],
  ["25P02", "an earlier statement of the transaction failed, so it can only be rolled back (25P02: "],
  ["28P01", "the server refuses to log this user in (28P01: "],
  ["53100", "the server has no space left; make some and try again (53100: "],
  ["42P01", "hookledger's tables are not in this database, or no longer (42P01: "],
  ["3F000", "the schema is not there, or the user lacks the privilege to use it; "],
])("the message for %s says what happened, before what the server said", (code, beginning) => {
  expect(mapError(serverError(code))?.message).toContain(beginning);
});

it.each(["42501", "3F000"])("the message for %s says where the grants are", (code) => {
  expect(mapError(serverError(code))?.message).toContain(`"Roles" in docs/postgres.md lists the grants`);
});

it("a pooler that refuses a session's setting, which names the option that helps, is not one that is full", () => {
  const refused = mapError(serverError("08P01", "unsupported startup parameter: statement_timeout"));
  expect(refused).toMatchObject({ reason: "unreachable", retryable: false });
  expect(refused?.message).toContain("transactionPooling");
  const full = mapError(serverError("08P01", "no more connections allowed (max_client_conn)"));
  expect(full).toMatchObject({ reason: "disconnected", retryable: true });
});

it.each(["26000", "42P05"])("an error about another session's prepared statement (%s) names the option too", (code) => {
  const mixedUp = mapError(serverError(code));
  expect(mixedUp).toMatchObject({ reason: "unreachable", retryable: false });
  expect(mixedUp?.message).toContain("transactionPooling");
});

it.each(["ENETUNREACH", "EHOSTDOWN", "EMFILE", "EAI_FAIL", "ECONNABORTED"])(
  "%s of a socket is disconnected",
  (code) => {
    const error = Object.assign(new Error(`connect ${code}`), { code, errno: -1, syscall: "connect" });
    expect(mapError(error)).toMatchObject({ reason: "disconnected", retryable: true });
  },
);

it.each([
  Object.assign(new Error("certificate has expired"), { code: "CERT_HAS_EXPIRED" }),
  Object.assign(new Error("self-signed certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" }),
  Object.assign(new Error("Hostname/IP does not match"), { code: "ERR_TLS_CERT_ALTNAME_INVALID" }),
  new Error("The server does not support SSL connections"),
  new Error("SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string"),
])("an error that keeps any connection from being made is unreachable: %s", (thrown) => {
  expect(mapError(thrown)).toMatchObject({ reason: "unreachable", retryable: false });
  expect(mapError(thrown)?.message).toContain(thrown.message);
});

it.each(["Cannot use a pool after calling end on the pool", "Client was closed and is not queryable"])(
  "a pool or client that the application has ended is closed, not a bug: %s",
  (message) => {
    expect(mapError(new Error(message))).toMatchObject({ reason: "closed", retryable: false });
  },
);

it("the database's code is found in an error of Prisma's engine too", () => {
  const meta = { code: "40001", message: "could not serialize access due to concurrent update" };
  const thrown = Object.assign(new Error("Raw query failed"), { code: "P2010", meta });
  expect(mapError(thrown)).toMatchObject({ reason: "locked", retryable: true });
  expect(mapError(thrown)?.message).not.toContain(meta.message);
});

it("a code in the `meta` of another library is not taken for the database's", () => {
  const meta = { code: "40001", message: "of its own" };
  expect(mapError(Object.assign(new Error("no"), { code: "E_OTHER", meta }))).toBeNull();
});

it("an error that did not come from the database is a bug, and is not mapped", () => {
  expect(mapError(new TypeError("x is not a function"))).toBeNull();
  expect(mapError(Object.assign(new Error("no such file"), { code: "EISDIR" }))).toBeNull();
});

describe("the driver's error is found where the library that ran the statement keeps it", () => {
  const violation = { code: "23505", constraint: "messages_idempotency" };
  const driverError = Object.assign(serverError("23505"), { constraint: violation.constraint });
  const inPrisma = {
    originalCode: "23505",
    originalMessage: 'duplicate key value violates unique constraint "messages_idempotency"',
    kind: "UniqueConstraintViolation",
    constraint: { index: violation.constraint },
  };
  const driverAdapterError = new Error("UniqueConstraintViolation", { cause: inPrisma });

  it.each<[library: string, thrown: Error]>([
    ["node-postgres", driverError],
    ["drizzle", new Error("Failed query", { cause: driverError })],
    ["TypeORM", Object.assign(new Error("duplicate key"), { driverError })],
    ["postgres.js", Object.assign(serverError("23505"), { constraint_name: violation.constraint })],
    ["Prisma", Object.assign(new Error("Raw query failed"), { code: "P2010", meta: { driverAdapterError } })],
  ])("%s", (_library, thrown) => {
    expect(violationOf(thrown)).toEqual(violation);
    expect(mapError(thrown)).toMatchObject({ type: "StorageError", reason: "unexpected" });
  });
});
