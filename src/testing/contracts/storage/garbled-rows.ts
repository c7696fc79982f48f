import { expect, it } from "vitest";
import { errorOf, valueOf } from "../results.ts";
import { record, registered, webhookStream } from "./facts.ts";
import { expectMended, rowsOf } from "./mending.ts";
import type { Harnesses } from "./opening.ts";

export function registerGarbledCases({ open }: Harnesses): void {
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
    expect((await valueOf(storage.projections.verify())).differences).toMatchObject([
      { id: "victim", actual: { webhookId: "victim" } },
    ]);
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
