import { inspect } from "node:util";
import { DrizzleQueryError } from "drizzle-orm";
import { expect, it } from "vitest";
import { mapError } from "../../src/adapters/sqlite/map-error.ts";

function sqliteError(code: string): Error {
  return Object.assign(new Error("the driver's words"), { code });
}

it.each([
  ["SQLITE_BUSY", "locked", true],
  ["SQLITE_BUSY_SNAPSHOT", "locked", true],
  ["SQLITE_LOCKED_SHAREDCACHE", "locked", true],
  ["SQLITE_PROTOCOL", "locked", true],
  ["SQLITE_FULL", "full", true],
  ["SQLITE_IOERR_SHMSIZE", "full", true],
  ["SQLITE_READONLY", "read-only", false],
  ["SQLITE_READONLY_DBMOVED", "read-only", false],
  ["SQLITE_NOTADB", "not-a-database", false],
  ["SQLITE_CORRUPT_INDEX", "not-a-database", false],
  ["SQLITE_CANTOPEN_ISDIR", "unreachable", false],
  ["SQLITE_PERM", "unreachable", false],
  ["SQLITE_AUTH", "unreachable", false],
  ["SQLITE_IOERR_WRITE", "unexpected", true],
  ["SQLITE_IOERR_FSYNC", "unexpected", true],
  ["SQLITE_CONSTRAINT_PRIMARYKEY", "unexpected", false],
])("%s is %s", (code, reason, retryable) => {
  const thrown = sqliteError(code);
  const error = mapError(thrown);
  expect(error).toMatchObject({ type: "StorageError", reason, retryable, cause: thrown });
  expect(error?.message).toContain(code);
});

it.each(["SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"])("the message of %s says what to do", (code) => {
  expect(mapError(sqliteError(code))?.message).toContain("make some and try again");
});

it("an error that drizzle wraps is mapped by what is inside, and its values are not shown", () => {
  const thrown = new DrizzleQueryError("insert into t values (?)", ["a secret"], sqliteError("SQLITE_FULL"));
  const error = mapError(thrown);
  expect(error).toMatchObject({ reason: "full", cause: sqliteError("SQLITE_FULL") });
  expect(inspect(error)).not.toContain("secret");
});

it.each([
  ["The database connection is not open", "closed"],
  ["This database connection is busy executing a query", "locked"],
])("the driver's TypeError %j is %s", (message, reason) => {
  expect(mapError(new TypeError(message))).toMatchObject({ type: "StorageError", reason });
});

it.each([new TypeError("x is not a function"), new Error("SQLITE_BUSY"), "SQLITE_BUSY", null, sqliteError("ENOENT")])(
  "%s is a bug, not the database's",
  (thrown) => {
    expect(mapError(thrown)).toBeNull();
  },
);
