import { err, ok } from "neverthrow";
import { expect, it } from "vitest";
import type { Connections } from "../../src/adapters/postgres/connections.ts";
import { createTransact } from "../../src/adapters/postgres/transact.ts";
import { commit, deliveryStream, scheduled } from "../../src/testing/contracts/storage/facts.ts";

const published = commit(deliveryStream("a"), "no-stream", [scheduled("a")]);
const appended = [{ streamId: deliveryStream("a"), version: 1 }];

/** Whose transaction always violates a constraint, while the ledger shows the commit's events, or not. */
function violating(constraint: string, isThere: boolean) {
  const violation = Object.assign(new Error("duplicate key"), { code: "23505", severity: "ERROR", constraint });
  const lendShared: Connections["lend"] = () => Promise.reject(violation);
  return createTransact({ lendShared }, () => Promise.reject(violation), {
    wasCommitted: () => Promise.reject(violation),
    appendedBy: () => Promise.resolve(ok(isThere ? appended : null)),
  });
}

it.each(["deliveries_pkey", "messages_pkey", "events_stream", "messages_idempotency"])(
  "a commit in doubt that violates %s has raced itself, where its events are there: it was done",
  async (constraint) => {
    expect(await violating(constraint, true).alone(published, true)).toEqual(ok(appended));
  },
);

it("where they are not, or nothing is in doubt, the violation is told", async () => {
  const unexpected = err(expect.objectContaining({ reason: "unexpected" }));
  expect(await violating("deliveries_pkey", true).alone(published, false)).toEqual(unexpected);
  const inDoubt = err(expect.objectContaining({ reason: "in-doubt" }));
  expect(await violating("deliveries_pkey", false).alone(published, true)).toEqual(inDoubt);
});
