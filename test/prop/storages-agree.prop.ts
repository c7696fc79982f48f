import fc from "fast-check";
import type { ResultAsync } from "neverthrow";
import { expect, it } from "vitest";
import type { Storage } from "../../src/ports/storage.ts";
import { commit, secret, T0 } from "../../src/testing/contracts/storage/facts.ts";
import { everyStorage, storages, value } from "../support/open-hooks.ts";
import { contentsOf } from "../support/contents-of.ts";
import { beginning, write } from "../support/random-writes.ts";

// The same random calls, one after the other, on each storage: they find what the contract's examples leave out.

const at = fc.constantFrom(T0, T0 + 1, T0 + 50);
const webhookId = fc.constantFrom("webhook-1", "webhook-2");
const secretId = fc.constantFrom("s1", "s2");
const deliveryIds = fc.array(fc.constantFrom("d1", "d2", "d3"), { maxLength: 3 });

const secretWrite = fc.oneof(
  fc.tuple(secretId, webhookId, at).map(([id, of, createdAt]) => ({
    op: "put" as const,
    secret: secret(id, { webhookId: of, createdAt }),
  })),
  fc.record({ op: fc.constant("forget" as const), webhookId }),
  fc.record({
    ...{ op: fc.constant("expire" as const), kind: fc.constant("signing" as const) },
    ...{ webhookId, expiresAt: at, now: at, most: fc.nat(2) },
  }),
  fc.record({ op: fc.constant("replace" as const), webhookId, secretId, value: fc.string(), keyId: fc.constant(null) }),
);

type Call = (storage: Storage) => ResultAsync<unknown, unknown>;

const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 8, arbitrary: write.map((one): Call => one.call) },
  ...[
    fc.array(secretWrite, { maxLength: 3 }).map(
      (secrets): Call =>
        ({ writer }) =>
          writer.append(commit("webhook-webhook-1", "any", [], { secrets })),
    ),
    fc.array(fc.constantFrom("m1", "m2"), { maxLength: 2 }).map(
      (erasures): Call =>
        ({ writer }) =>
          writer.append(commit("message-m1", "any", [], { erasures })),
    ),
    fc.tuple(fc.constantFrom("A", "B"), deliveryIds, at).map(
      ([owner, ids, leaseUntil]): Call =>
        ({ queue }) =>
          queue.renew(() => ({ owner, deliveryIds: ids, leaseUntil })),
    ),
    fc.tuple(at, fc.integer({ min: 1, max: 3 })).map(
      ([before, limit]): Call =>
        ({ retention }) =>
          retention.pruneDeliveries(before, "", limit).andThen(() => retention.pruneMessages(before, "m1", limit)),
    ),
    fc.constant<Call>(({ projections }) => projections.rebuild()),
  ],
);

/** Leaves out positions, which may skip numbers after a refusal, and errors: a commit with several may tell any. */
async function comesTo(storage: Storage, calls: readonly Call[]): Promise<unknown> {
  const answers: unknown[] = [];
  for (const one of [beginning.call, ...calls]) {
    const answer = await one(storage);
    answers.push(answer.isOk() ? answer : "refused");
  }
  const { differences } = await value(storage.projections.verify());
  return JSON.parse(
    JSON.stringify({ answers, differences, contents: await contentsOf(storage) }, (name, part: unknown) =>
      name === "position" ? null : part,
    ),
  );
}

/** A run on a server takes longer, so there are fewer of them. */
it.each([
  { what: "memory and SQLite", kinds: storages, runs: 100 },
  { what: "all storages", kinds: everyStorage, runs: 20 },
])("$what give the same answers and hold the same contents", { timeout: 300_000 }, async ({ kinds, runs }) => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 12, size: "max" }), async (calls) => {
      const [first, ...others] = await Promise.all(
        kinds.map(async ({ create }) => {
          const storage = await value(create().open());
          const outcome = await comesTo(storage, calls);
          await value(storage.close());
          return outcome;
        }),
      );
      for (const other of others) expect(other).toEqual(first);
    }),
    { numRuns: Math.min(runs, fc.readConfigureGlobal().numRuns ?? runs) },
  );
});
