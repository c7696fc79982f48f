import { err, ok } from "neverthrow";
import { expect, it } from "vitest";
import type { Connections } from "../../src/adapters/postgres/connections.ts";
import type { Perform } from "../../src/adapters/postgres/perform.ts";
import { createTransact } from "../../src/adapters/postgres/transact.ts";
import { createWrites } from "../../src/adapters/postgres/writes.ts";
import { storageError } from "../../src/ports/storage-error.ts";
import { commit, deliveryStream, scheduled } from "../../src/testing/contracts/storage/facts.ts";

const published = commit(deliveryStream("a"), "no-stream", [scheduled("a")]);
const appended = [{ streamId: deliveryStream("a"), version: 1 }];

/** Every transaction violates the constraint; the ledger has the commit's events if `isThere`. */
function violating(constraint: string, isThere: boolean) {
  const violation = Object.assign(new Error("duplicate key"), { code: "23505", severity: "ERROR", constraint });
  const lendShared: Connections["lend"] = () => Promise.reject(violation);
  return createTransact({ lendShared }, () => Promise.reject(violation), {
    wasCommitted: () => Promise.reject(violation),
    appendedBy: () => Promise.resolve(ok(isThere ? appended : null)),
  });
}

it.each(["deliveries_pkey", "messages_pkey", "events_stream", "messages_idempotency"])(
  "if a commit in doubt violates %s and its events are there, it has raced itself and was done",
  async (constraint) => {
    expect(await violating(constraint, true).alone(published, true)).toEqual(ok(appended));
  },
);

it("if a commit was not in doubt, its violation is told; if its events are not there, it stays in doubt", async () => {
  const unexpected = err(expect.objectContaining({ reason: "unexpected" }));
  expect(await violating("deliveries_pkey", true).alone(published, false)).toEqual(unexpected);
  const inDoubt = err(expect.objectContaining({ reason: "in-doubt" }));
  expect(await violating("deliveries_pkey", false).alone(published, true)).toEqual(inDoubt);
});

const server = (code: string, constraint: string | null = null) =>
  Object.assign(new Error("the server refuses"), { code, severity: "ERROR", constraint });
const nobody = () => Promise.reject(new Error("nobody is to ask"));

/** Each transaction has the next of these outcomes; the ledger never has the commit's events. */
function comingTo(...outcomes: Awaited<ReturnType<Perform>>[]) {
  const perform: Perform = async () => outcomes.shift() ?? nobody();
  return createTransact({ lendShared: nobody }, perform, {
    wasCommitted: nobody,
    appendedBy: () => Promise.resolve(ok(null)),
  });
}

const lost = err(storageError("disconnected", "the connection was lost"));
const undecoded = err(storageError("unexpected", "a row cannot be read"));

it.each([
  ["disconnected", lost],
  ["unexpected", undecoded],
])(
  "a commit that ends as %s is in doubt if it was so before, or if an earlier try may have been done",
  async (_, last) => {
    const inDoubt = err(expect.objectContaining({ reason: "in-doubt", retryable: false, cause: last.error }));
    expect(await comingTo(last).alone(published, true)).toEqual(inDoubt);
    expect(await comingTo(err("unseen"), last).alone(published, false)).toEqual(inDoubt);
    expect(await comingTo(last).alone(published, false)).toEqual(last);
  },
);

it("an error that is in doubt already is passed on as it is", async () => {
  const away = err(storageError("in-doubt", "the server has not answered"));
  expect(await comingTo(err("unseen"), away).alone(published, false)).toEqual(away);
});

it("a commit of which nothing is seen after twenty tries is in doubt, and is not tried again", async () => {
  const unseen = Array.from({ length: 20 }, () => err("unseen" as const));
  const inDoubt = err(expect.objectContaining({ reason: "in-doubt", retryable: false }));
  expect(await comingTo(...unseen).alone(published, false)).toEqual(inDoubt);
});

it("a commit without a key that waits for a lock too long is locked: no key holds it up", async () => {
  const transact = createTransact({ lendShared: nobody }, () => Promise.reject(server("55P03")), {
    wasCommitted: nobody,
    appendedBy: nobody,
  });
  const locked = err(expect.objectContaining({ reason: "locked", retryable: true }));
  expect(await transact.alone(published, false)).toEqual(locked);
});

it("a commit that can never be stored is refused, even if it was in doubt before", async () => {
  const refused = err(storageError("unexpected", "an event is in another's stream"));
  const plan = ok({ decided: [refused], writes: createWrites() });
  expect(await comingTo(plan).alone(published, true)).toEqual(refused);
});

it.each<[what: string, performed: () => ReturnType<Perform>, outcome: unknown]>([
  ["nobody knows", async () => err(storageError("in-doubt", "lost")), { reason: "in-doubt" }],
  ["it was not done", async () => err(storageError("disconnected", "lost")), { reason: "disconnected" }],
  ["it is not seen", async () => err("unseen"), "each alone, in doubt"],
  ["a row is damaged", async () => err(storageError("unexpected", "damaged")), "each alone"],
  ["another was first", () => Promise.reject(server("23505", "events_stream")), "each alone"],
  ["a deadlock", () => Promise.reject(server("40P01")), "each alone"],
  ["one cannot be stored", () => Promise.reject(server("22003")), "each alone"],
  ["the disk is full", () => Promise.reject(server("53100")), { reason: "full" }],
  ["no key is held, but a lock", () => Promise.reject(server("55P03")), { reason: "locked" }],
])(
  "of a shared transaction (%s), the members are tried alone if only some are to blame",
  async (_, perform, outcome) => {
    const lendShared: Connections["lend"] = () => Promise.reject(new Error("nothing is to be lent"));
    const appendedBy = () => Promise.reject(new Error("nobody is to ask"));
    const transact = createTransact({ lendShared }, perform, { wasCommitted: appendedBy, appendedBy });
    const settled = (): void => expect.unreachable("nobody is to be answered yet");
    const members = [{ commit: published, settle: settled, reject: settled }];
    const came = await transact.together(members, { step: null, committing: () => undefined });
    if (typeof outcome === "string") expect(came).toBe(outcome);
    else expect(came).toMatchObject({ type: "StorageError", ...Object(outcome) });
  },
);
