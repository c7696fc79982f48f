import { expect, it } from "vitest";
import { valueOf } from "../results.ts";
import {
  deliveryStream,
  failed,
  record,
  registered,
  schedule,
  scheduled,
  succeeded,
  T0,
  webhookStream,
} from "./facts.ts";
import { expectMended, rowsOf, type ProjectedRows } from "./mending.ts";
import type { Harnesses } from "./opening.ts";

export function registerTamperingCases({ open }: Harnesses): void {
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
    expect(byId.get("victim-renamed")).toMatchObject({ projection, expected: null, actual: { tenantId: "" } });
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

  it("a webhook whose deliveries have all ended, and that has nothing for a worker, is no difference", async () => {
    const { storage } = await open();
    await record(storage, webhookStream("w"), registered("w"));
    await schedule(storage, "d", { webhookId: "w" });
    await record(storage, deliveryStream("d"), succeeded);
    const claim = { owner: "A", now: T0 + 60_000, leaseUntil: T0 + 90_000, limit: 9 };
    expect(await valueOf(storage.queue.claim(() => claim))).toEqual([]);
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
    await valueOf(storage.projections.rebuild());
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
  });

  it("a webhook, a delivery and a message may share an id, or a part of their streams' names", async () => {
    const { storage } = await open();
    for (const id of ["same", "ame"]) {
      await record(storage, webhookStream(id), registered(id));
      await schedule(storage, id);
    }
    const data = { messageId: "same", tenantId: "", event: "memory.updated", matched: [], skipped: [] };
    await record(storage, "message-same", { type: "MessagePublished", data });
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
  });

  it("what an event of a later version carries beside the known is no difference", async () => {
    const { storage } = await open();
    const registration = { ...registered("w").data, later: 1 };
    await record(storage, webhookStream("w"), { type: "WebhookRegistered", data: registration });
    const scheduling = { ...scheduled("d").data, later: 1 };
    await record(storage, deliveryStream("d"), { type: "DeliveryScheduled", data: scheduling });
    expect(await valueOf(storage.projections.verify())).toEqual({ events: 2, differences: [] });
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

function idOf(row: ProjectedRows["webhooks" | "deliveries"][number]): string {
  return "deliveryId" in row ? row.deliveryId : row.webhookId;
}
