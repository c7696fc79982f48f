import type { ResultAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import type { RecordedEvent } from "../../../domain/ledger/index.ts";
import type { ReadError } from "../../../ports/ledger-reader.ts";
import type { Storage } from "../../../ports/storage.ts";
import { errorOf, valueOf } from "../results.ts";
import {
  everything,
  failed,
  record,
  registered,
  schedule,
  succeeded,
  T0,
  webhookStream,
  deliveryStream,
} from "./facts.ts";
import type { Damage, StorageHarness } from "./harness.ts";
import type { Harnesses } from "./opening.ts";

/** Registers the cases for which the harness has to meddle with the data itself. */
export function registerSpoiledDataCases(lent: StorageHarness, harnesses: Harnesses): void {
  if (lent.damage !== undefined) describe("a damaged ledger", () => registerDamageCases(harnesses));
  if (lent.tamper !== undefined)
    describe("a projection that was tampered with", () => registerTamperingCases(harnesses));
  if (lent.garble !== undefined) describe("a webhook's row that cannot be read", () => registerGarbledCases(harnesses));
}

const kinds: readonly Damage[] = ["unknown-type", "not-json", "wrong-data"];

function registerDamageCases({ open }: Harnesses): void {
  it.each(kinds)("%s: readAll, readStream, rebuild and verify stop and name the position", async (how) => {
    const harness = await open();
    const { storage } = harness;
    const victim = await threeEvents(storage);
    const rows = await rowsOf(storage);
    await damage(harness, victim.position, how);

    const attempts: readonly ResultAsync<unknown, ReadError>[] = [
      storage.reader.readAll({ limit: 10 }),
      storage.reader.readStream(victim.streamId),
      storage.projections.rebuild(),
      storage.projections.verify(),
    ];
    for (const attempt of attempts) {
      const error = await errorOf(attempt);
      expect(error).toMatchObject({ type: "DamagedEvent", position: victim.position, streamId: victim.streamId });
      expect(error.message).toContain(String(victim.position));
    }
    expect(await rowsOf(storage)).toEqual(rows);
  });

  it.each(kinds)("%s: what does not touch the damaged event still works", async (how) => {
    const harness = await open();
    const { storage } = harness;
    const victim = await threeEvents(storage);
    await damage(harness, victim.position, how);
    expect(await valueOf(storage.reader.readAll({ after: victim.position, limit: 10 }))).toHaveLength(1);
    expect(await valueOf(storage.reader.readAll({ limit: 1 }))).toHaveLength(1);
    expect(await valueOf(storage.reader.readStream(webhookStream("first")))).toHaveLength(1);
    await record(storage, webhookStream("more"), registered("more"));
    expect(await valueOf(storage.webhooks.get("more"))).toMatchObject({ webhookId: "more" });
  });
}

/** Records three events and returns the one in the middle, which is to be the victim. */
async function threeEvents(storage: Storage): Promise<RecordedEvent> {
  await record(storage, webhookStream("first"), registered("first"));
  await record(storage, webhookStream("victim"), registered("victim"));
  await schedule(storage, "d");
  const { events } = await everything(storage);
  const victim = events.find(({ streamId }) => streamId === webhookStream("victim"));
  if (victim === undefined) throw new Error("the event is not in the ledger");
  return victim;
}

async function damage(harness: StorageHarness, position: number, how: Damage): Promise<void> {
  if (harness.damage === undefined) throw new Error("the harness lends no damage this time");
  await harness.damage(position, how);
}

async function rowsOf(storage: Storage) {
  return {
    webhooks: await valueOf(storage.webhooks.list("")),
    deliveries: await valueOf(storage.deliveries.list({ limit: 10 })),
  };
}

function registerTamperingCases({ open }: Harnesses): void {
  const projections = ["webhooks", "deliveries"] as const;

  it.each(projections)("verify shows both sides of a changed row in %s, and rebuild mends it", async (projection) => {
    const { storage, tamper } = await tampered(open);
    const rows = await rowsOf(storage);
    await tamper(projection, "victim", "change");
    const { differences } = await valueOf(storage.projections.verify());
    const right = rows[projection].find((row) => idOf(row) === "victim");
    expect(differences).toMatchObject([{ projection, id: "victim", expected: right }]);
    const column = projection === "webhooks" ? "url" : "attempts";
    expect(differences[0]?.actual?.[column]).not.toEqual(differences[0]?.expected?.[column]);
    await expectMended(storage, rows);
  });

  it.each(projections)("verify tells of a missing row in %s", async (projection) => {
    const { storage, tamper } = await tampered(open);
    const rows = await rowsOf(storage);
    await tamper(projection, "victim", "remove");
    const { differences } = await valueOf(storage.projections.verify());
    expect(differences).toMatchObject([{ projection, id: "victim", actual: null }]);
    expect(differences[0]?.expected).not.toBeNull();
    await expectMended(storage, rows);
  });

  it.each(projections)("verify tells of a row in %s that no stream accounts for", async (projection) => {
    const { storage, tamper } = await tampered(open);
    const rows = await rowsOf(storage);
    await tamper(projection, "victim", "rename");
    const { differences } = await valueOf(storage.projections.verify());
    const byId = new Map(differences.map((difference) => [difference.id, difference]));
    expect([...byId.keys()].toSorted()).toEqual(["victim", "victim-renamed"]);
    expect(byId.get("victim")).toMatchObject({ projection, actual: null });
    expect(byId.get("victim-renamed")).toMatchObject({ projection, expected: null });
    await expectMended(storage, rows);
  });

  it("verify tells of a pending delivery that no worker would find, and rebuild mends it", async () => {
    const { storage, tamper } = await tampered(open);
    await schedule(storage, "lost", { webhookId: "webhook-2", dueAt: T0 + 5 });
    await schedule(storage, "ended", { webhookId: "webhook-3" });
    await record(storage, deliveryStream("ended"), succeeded);
    const rows = await rowsOf(storage);
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
    await tamper("queue", "lost", "remove");
    const expected = { webhookId: "webhook-2", dueAt: T0 + 5 };
    const { differences } = await valueOf(storage.projections.verify());
    expect(differences).toEqual([{ projection: "queue", id: "lost", expected, actual: null }]);
    const claim = { owner: "A", now: T0 + 60_000, leaseUntil: T0 + 90_000, limit: 9 };
    expect(await valueOf(storage.queue.claim(() => claim))).toHaveLength(2);
    await expectMended(storage, rows);
    expect(await valueOf(storage.queue.claim(() => claim))).toMatchObject([{ delivery: { deliveryId: "lost" } }]);
  });

  it("a claim is not a difference: leases are not derived from the ledger", async () => {
    const { storage } = await tampered(open);
    expect(
      await valueOf(storage.queue.claim(() => ({ owner: "A", now: T0 + 60_000, leaseUntil: T0 + 90_000, limit: 9 }))),
    ).toHaveLength(2);
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
  });
}

async function tampered(open: Harnesses["open"]) {
  const { storage, tamper } = await open();
  if (tamper === undefined) throw new Error("the harness lends no tampering this time");
  for (const id of ["other", "victim"]) {
    await record(storage, webhookStream(id), registered(id));
    await schedule(storage, id);
    await record(storage, deliveryStream(id), failed(1, T0 + 5));
  }
  return { storage, tamper };
}

function registerGarbledCases({ open }: Harnesses): void {
  async function garbled() {
    const harness = await open();
    const { storage, garble } = harness;
    if (garble === undefined) throw new Error("the harness does not garble this time");
    for (const id of ["first", "victim", "last"]) await record(storage, webhookStream(id), registered(id));
    await record(storage, webhookStream("victim"), { type: "WebhookDeactivated", data: { reason: "operator" } });
    const before = await rowsOf(storage);
    await garble("victim");
    return { ...harness, before };
  }

  it("is answered by get and list as what its stream comes to, in its place", async () => {
    const { storage, before } = await garbled();
    expect(await rowsOf(storage)).toEqual(before);
    const [, victim] = before.webhooks;
    expect(await valueOf(storage.webhooks.get("victim"))).toEqual(victim);
  });

  it("is so in a page of all webhooks too, in its place", async () => {
    const { storage, before } = await garbled();
    const byId = before.webhooks.toSorted((one, other) => (one.webhookId < other.webhookId ? -1 : 1));
    const pageOf = (activeOnly: boolean) => valueOf(storage.webhooks.listAll({ activeOnly, limit: 10 }));
    expect(await pageOf(false)).toEqual(byId);
    expect(await pageOf(true)).toEqual(byId.filter(({ active }) => active));
  });

  it("can be changed, is told of by verify, and is mended by rebuild", async () => {
    const { storage } = await garbled();
    expect((await valueOf(storage.projections.verify())).differences).toMatchObject([{ id: "victim" }]);
    await record(storage, webhookStream("victim"), { type: "WebhookActivated", data: {} });
    const rows = await rowsOf(storage);
    expect(rows.webhooks).toMatchObject([{}, { webhookId: "victim", active: true, version: 3 }, {}]);
    await expectMended(storage, rows);
  });

  it("is an error that names the webhook if its stream is damaged too; get still answers the others", async () => {
    const { storage, damage: spoil } = await garbled();
    const stream = await valueOf(storage.reader.readStream(webhookStream("victim")));
    await spoil?.(stream[0]?.position ?? 0, "not-json");
    const named = { type: "StorageError", reason: "damaged", message: expect.stringContaining("victim") };
    expect(await errorOf(storage.webhooks.get("victim"))).toMatchObject(named);
    expect(await errorOf(storage.webhooks.list(""))).toMatchObject(named);
    expect(await errorOf(storage.webhooks.listAll({ activeOnly: false, limit: 10 }))).toMatchObject(named);
    expect(await valueOf(storage.webhooks.get("last"))).toMatchObject({ webhookId: "last" });
  });
}

async function expectMended(storage: Storage, rows: Awaited<ReturnType<typeof rowsOf>>): Promise<void> {
  await valueOf(storage.projections.rebuild());
  expect(await rowsOf(storage)).toEqual(rows);
  expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
}

function idOf(row: Awaited<ReturnType<typeof rowsOf>>["webhooks" | "deliveries"][number]): string {
  return "deliveryId" in row ? row.deliveryId : row.webhookId;
}
