import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { err, ok } from "neverthrow";
import { afterEach, expect, it, vi } from "vitest";
import { createGroupCommit } from "../../src/adapters/sqlite/group-commit.ts";
import { storageError } from "../../src/ports/storage-error.ts";

// The group commit waits by node's own timer, which fakes do not reach. Here they do, so that no test waits.
vi.mock("node:timers", async (original) => ({
  ...(await original<object>()),
  setTimeout: (work: () => void, ms: number) => setTimeout(work, ms),
}));

afterEach(() => void vi.useRealTimers());

/** Adds so many members at once. Notes each commit, and each turn of the event loop that one was followed by. */
async function addAtOnce(count: number) {
  const seen: ("commit" | "turn")[] = [];
  const written: number[] = [];
  const group = createGroupCommit((work) => {
    seen.push("commit");
    setImmediate(() => seen.push("turn"));
    return work();
  }, 0);
  const answers = Array.from({ length: count }, (_, index) => group.add(() => ok(written.push(index))));
  return { seen, written, answers: await Promise.all(answers) };
}

it("gives the event loop its turn between two transactions, however much was asked for at once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3000 }), async (count) => {
      const { seen, written, answers } = await addAtOnce(count);
      const commits = Math.ceil(count / 512);
      expect(seen.join()).toBe(Array.from({ length: commits }, () => "commit").join(",turn,"));
      expect(answers.every((answer) => answer.isOk())).toBe(true);
      expect(written).toEqual(Array.from({ length: count }, (_, index) => index));
    }),
    { numRuns: 20 },
  );
});

it("writes all that waits when it is flushed, in one go", async () => {
  const seen: string[] = [];
  const group = createGroupCommit((work) => {
    seen.push("commit");
    return work();
  }, 0);
  const answers = Array.from({ length: 1100 }, (_, index) => group.add(() => ok(index)));
  const flushed = group.flush();
  expect(seen).toHaveLength(3);
  await flushed;
  expect(await Promise.all(answers)).toHaveLength(1100);
});

const locked = storageError("locked", "another connection is writing");

it("waits for other connections that write now and then, and writes each once and in order", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const lives = fc.record({
    count: fc.integer({ min: 1, max: 1200 }),
    locks: fc.array(fc.boolean(), { maxLength: 20 }),
  });
  await fc.assert(
    fc.asyncProperty(lives, async ({ count, locks }) => {
      const written: number[] = [];
      const isLocked = [...locks];
      const group = createGroupCommit((work) => (isLocked.shift() === true ? err(locked) : work()), 60_000);
      const answers = Promise.all(
        Array.from({ length: count }, (_, index) => group.add(() => ok(written.push(index)))),
      );
      await vi.waitFor(() => expect(written).toHaveLength(count), { interval: 20, timeout: 60_000 });
      expect(written).toEqual(Array.from({ length: count }, (_, index) => index));
      expect((await answers).every((answer) => answer.isOk())).toBe(true);
    }),
    { numRuns: 50 },
  );
});

it("waits for as long as it may for each, counted from the first time that another connection stands in its way", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const group = createGroupCommit(() => err(locked), 1000);
  const began = performance.now();
  const givenUp: number[] = [];
  const ask = async () => {
    const answer = await group.add(() => ok(null));
    expect(answer).toEqual(err(locked));
    givenUp.push(performance.now() - began);
  };
  const first = ask();
  await nextTurn();
  await vi.advanceTimersByTimeAsync(500);
  const second = ask();
  await nextTurn();
  await vi.advanceTimersByTimeAsync(1500);
  await Promise.all([first, second]);
  expect(givenUp.map((after) => Math.floor(after / 100))).toEqual([10, 15]);
});

it("refuses nobody because of locks that were each short, however long the queue and however many the locks", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const lives = fc.record({
    count: fc.integer({ min: 1, max: 5000 }),
    /** How often each transaction finds the lock taken: never for longer than the 100 ms that it waits. */
    locks: fc.infiniteStream(fc.integer({ min: 0, max: 4 })),
  });
  await fc.assert(
    fc.asyncProperty(lives, async ({ count, locks }) => {
      let left = locks.next().value;
      const group = createGroupCommit((work) => {
        if (left-- > 0) return err(locked);
        left = locks.next().value;
        return work();
      }, 100);
      let refused = 0;
      let answered = 0;
      for (let index = 0; index < count; index += 1) {
        void group
          .add(() => ok(null))
          .match(
            () => (answered += 1),
            () => ((answered += 1), (refused += 1)),
          );
      }
      await vi.waitFor(() => expect(answered).toBe(count), { interval: 20, timeout: 60_000 });
      expect(refused).toBe(0);
    }),
    { numRuns: 50 },
  );
});

it.each(["locked", "closed", "read-only", "unreachable"] as const)(
  "fails all of a transaction at once if the database is %s, and tries none of them by itself",
  async (reason) => {
    let begun = 0;
    const refusal = storageError(reason, "refused for the test");
    const group = createGroupCommit(() => {
      begun += 1;
      return err(refusal);
    }, 0);
    const answers = await Promise.all(Array.from({ length: 5 }, (_, index) => group.add(() => ok(index))));
    expect(answers).toEqual(answers.map(() => err(refusal)));
    expect(begun).toBe(1);
  },
);

it("tries each by itself if the transaction has failed for a reason that may lie in one of them", async () => {
  const full = storageError("full", "refused for the test");
  const alone: boolean[] = [];
  let begun = 0;
  const group = createGroupCommit((work) => {
    begun += 1;
    return begun === 1 ? err(full) : work();
  }, 0);
  const answers = await Promise.all(
    Array.from({ length: 5 }, (_, index) => group.add((isAlone) => (alone.push(isAlone), ok(index)))),
  );
  expect(answers).toEqual([0, 1, 2, 3, 4].map((index) => ok(index)));
  expect(alone).toEqual([true, true, true, true, true]);
});
