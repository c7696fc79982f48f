import fc from "fast-check";
import { ok } from "neverthrow";
import { expect, it } from "vitest";
import { createGroupCommit } from "../../src/adapters/sqlite/group-commit.ts";

/** Adds so many members at once. Notes each commit, and each turn of the event loop that one was followed by. */
async function addAtOnce(count: number) {
  const seen: ("commit" | "turn")[] = [];
  const written: number[] = [];
  const group = createGroupCommit((work) => {
    seen.push("commit");
    setImmediate(() => seen.push("turn"));
    return work();
  });
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
  });
  const answers = Array.from({ length: 1100 }, (_, index) => group.add(() => ok(index)));
  group.flush();
  expect(seen).toHaveLength(3);
  expect(await Promise.all(answers)).toHaveLength(1100);
});
