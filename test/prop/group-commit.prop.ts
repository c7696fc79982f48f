import fc from "fast-check";
import { expect, it } from "vitest";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import type { Storage } from "../../src/ports/storage.ts";
import { contentsOf } from "../support/contents-of.ts";
import { beginning, write, type Write } from "../support/random-writes.ts";

async function withStorage<T>(use: (storage: Storage) => Promise<T>): Promise<T> {
  const storage = (await sqliteStorage({ path: ":memory:" }).open())._unsafeUnwrap();
  try {
    return await use(storage);
  } finally {
    (await storage.close())._unsafeUnwrap();
  }
}

/** A call's value, or only that it was refused: a commit with several errors may tell any of them. */
async function told(storage: Storage, { call }: Write): Promise<unknown> {
  const answer = await call(storage);
  return answer.isOk() ? { value: answer.value } : "refused";
}

it("calls that share transactions answer and write the same as when made one by one", async () => {
  const batches = fc
    .array(fc.array(write, { maxLength: 12, size: "max" }), { maxLength: 4, size: "max" })
    .map((others) => [[beginning], ...others]);
  await fc.assert(
    fc.asyncProperty(batches, async (given) => {
      const together = await withStorage(async (storage) => {
        const answers: unknown[] = [];
        for (const batch of given) answers.push(...(await Promise.all(batch.map((one) => told(storage, one)))));
        const { differences } = (await storage.projections.verify())._unsafeUnwrap();
        expect(differences).toEqual([]);
        return { answers, contents: await contentsOf(storage) };
      });
      const alone = await withStorage(async (storage) => {
        const answers: unknown[] = [];
        for (const one of given.flat()) answers.push(await told(storage, one));
        return { answers, contents: await contentsOf(storage) };
      });
      expect(together).toEqual(alone);
    }),
  );
});
