import { setImmediate as settled } from "node:timers/promises";
import { err, ok, type Result } from "neverthrow";
import { expect, it } from "vitest";
import { createVacuum } from "../../src/adapters/postgres/vacuum.ts";
import { storageError, type StorageError } from "../../src/ports/storage-error.ts";

/** Each clean-up goes on until `end` is called; `begun` counts them. */
function setUp(pages: number | Error = 100) {
  let [time, begun] = [0, 0];
  let end: (result: Result<void, StorageError>) => void = () => undefined;
  const clean = () => {
    begun += 1;
    return new Promise<Result<void, StorageError>>((resolve) => (end = resolve));
  };
  const size = () => (typeof pages === "number" ? Promise.resolve(ok(pages)) : Promise.reject(pages));
  const vacuum = createVacuum({ pages: size, clean }, () => time);
  return {
    note: async (rows: number) => {
      vacuum.note(rows);
      await settled();
    },
    done: () => vacuum.done(),
    begun: () => begun,
    pass: (milliseconds: number) => void (time += milliseconds),
    async end(result: Result<void, StorageError> = ok()) {
      end(result);
      await vacuum.done();
    },
  };
}

it("the queue is cleaned up after 5,000 rows, with one clean-up at a time", async () => {
  const { note, begun, end } = setUp();
  await note(4999);
  expect(begun()).toBe(0);
  await note(1);
  await note(5000);
  expect(begun()).toBe(1);
  await end();
  await note(1);
  expect(begun()).toBe(2);
});

it("a large table is cleaned up after as many rows as it has pages", async () => {
  const { note, begun } = setUp(20_000);
  await note(19_999);
  expect(begun()).toBe(0);
  await note(1);
  expect(begun()).toBe(1);
});

it("cleaning up takes a twentieth of the time at most", async () => {
  const { note, begun, pass, end } = setUp();
  await note(5000);
  pass(100);
  await end();
  pass(1999);
  await note(5000);
  expect(begun()).toBe(1);
  pass(1);
  await note(0);
  expect(begun()).toBe(2);
});

it("after a failure, cleaning up is left to the server for a minute", async () => {
  const { note, begun, pass, end } = setUp();
  await note(5000);
  await end(err(storageError("locked", "no")));
  await note(9000);
  pass(59_999);
  await note(0);
  expect(begun()).toBe(1);
  pass(1);
  await note(0);
  expect(begun()).toBe(2);
});

it("if the application has ended the pool, cleaning up is left out, and nobody gets a rejection", async () => {
  const { note, begun, pass, done } = setUp(new Error("Cannot use a pool after calling end on the pool"));
  await note(5000);
  await done();
  pass(60_000);
  await note(0);
  await done();
  expect(begun()).toBe(0);
});
