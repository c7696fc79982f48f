import { expect, it } from "vitest";
import type { DomainEvent } from "../../../domain/ledger/index.ts";
import { valueOf } from "../results.ts";
import { commit, record, registered, T0, webhookStream } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

export function registerReadModelCases({ open }: Harnesses): void {
  it("a tenant sees its own webhooks only", async () => {
    const { storage } = await open();
    for (const tenantId of ["", "t", "T", "t2"]) {
      await record(storage, webhookStream(`of-${tenantId}`), registered(`of-${tenantId}`, { tenantId }));
    }
    for (const tenantId of ["", "t", "T", "t2"]) {
      expect(await valueOf(storage.webhooks.list(tenantId))).toMatchObject([{ webhookId: `of-${tenantId}`, tenantId }]);
    }
    expect(await valueOf(storage.webhooks.list("%"))).toEqual([]);
  });

  it("a deleted webhook has no row, nor has one that never was", async () => {
    const { storage } = await open();
    await record(storage, webhookStream("a"), registered("a"));
    expect(await valueOf(storage.webhooks.get("a"))).not.toBeNull();
    await record(storage, webhookStream("a"), { type: "WebhookDeleted", data: {} });
    expect(await valueOf(storage.webhooks.get("a"))).toBeNull();
    expect(await valueOf(storage.webhooks.list(""))).toEqual([]);
    expect(await valueOf(storage.webhooks.get("b"))).toBeNull();
    expect(await valueOf(storage.deliveries.get("b"))).toBeNull();
  });

  it("a deleted webhook has no row even if its stream does not begin with its registration", async () => {
    const { storage } = await open();
    const early: DomainEvent = { type: "WebhookUrlChanged", data: { url: "https://b.example/" } };
    await record(storage, webhookStream("a"), early, registered("a"));
    expect(await valueOf(storage.webhooks.get("a"))).not.toBeNull();
    await record(storage, webhookStream("a"), { type: "WebhookDeleted", data: {} });
    expect(await valueOf(storage.webhooks.get("a"))).toBeNull();
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
  });

  it("a row tells when its stream began and when it last changed", async () => {
    const { storage } = await open();
    await record(storage, webhookStream("a"), registered("a"));
    await valueOf(
      storage.writer.append(
        commit(webhookStream("a"), 1, [{ type: "WebhookActivated", data: {} }], { recordedAt: T0 + 7 }),
      ),
    );
    expect(await valueOf(storage.webhooks.get("a"))).toMatchObject({ createdAt: T0, updatedAt: T0 + 7, version: 2 });
  });
}
