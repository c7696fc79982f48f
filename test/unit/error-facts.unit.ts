import { expect, it } from "vitest";
import { errorFacts } from "../../src/application/error-facts.ts";
import { damagedEvent } from "../../src/ports/ledger-reader.ts";
import { versionConflict } from "../../src/ports/ledger-writer.ts";
import { storageError } from "../../src/ports/storage-error.ts";

it("gives the type alone of an error that is not the storage's", () => {
  expect(errorFacts(versionConflict("webhook-w", 1, 2))).toEqual({ error: "VersionConflict" });
});

it("gives the position and the stream of a damaged event, which an operator looks for", () => {
  const facts = errorFacts(damagedEvent({ position: 7, streamId: "webhook-w" }, "its data are not those of its type"));
  expect(facts).toEqual({ error: "DamagedEvent", position: 7, streamId: "webhook-w" });
});

it.each([
  [undefined, {}],
  [null, { cause: "object" }],
  ["a text", { cause: "string" }],
  [new TypeError("a value"), { cause: "TypeError" }],
  [Object.assign(new Error("a value"), { code: "SQLITE_IOERR_WRITE" }), { cause: "Error", code: "SQLITE_IOERR_WRITE" }],
  [Object.assign(new Error("a value"), { code: "08006" }), { cause: "Error", code: "08006" }],
  [Object.assign(new Error("a value"), { code: 5 }), { cause: "Error" }],
  [Object.assign(new Error("a value"), { code: "a value" }), { cause: "Error" }],
])("gives the name of the cause %s, and its code if that has the form of one", (cause, told) => {
  const facts = errorFacts(storageError("full", "the value is 5", cause));
  expect(facts).toEqual({ error: "StorageError", reason: "full", ...told });
});
