import { describe, expect, it } from "vitest";
import { everyStorage, failure, openHooks, readLedger, value } from "../../support/open-hooks.ts";

const webhookId = "w";
const webhook = { webhookId, url: "http://127.0.0.1:9/hooks", events: ["memory.updated"] } as const;
const taken = { type: "WebhookAlreadyExists", webhookId };

describe.each(everyStorage)("a tenant that registers a webhook, on $name", ({ create }) => {
  it.each([{ deleted: false }, { deleted: true }])("is refused an id of its own: %o", async ({ deleted }) => {
    const hooks = await openHooks({ storage: create() });
    const own = hooks.tenant("a");
    await value(own.webhooks.register(webhook));
    if (deleted) await value(own.webhooks.delete(webhookId));
    expect(await failure(own.webhooks.register(webhook))).toMatchObject({ ...taken, deleted });
  });

  it.each([{ deleted: false }, { deleted: true }])(
    "is refused another tenant's id, and is not told whether that webhook is deleted: %o",
    async ({ deleted }) => {
      const hooks = await openHooks({ storage: create() });
      await value(hooks.tenant("a").webhooks.register(webhook));
      if (deleted) await value(hooks.tenant("a").webhooks.delete(webhookId));
      const before = await readLedger(hooks);
      for (const tenantId of ["b", ""]) {
        const refused = await failure(hooks.tenant(tenantId).webhooks.register(webhook));
        expect(refused).toMatchObject({ ...taken, deleted: false });
      }
      expect(await readLedger(hooks)).toEqual(before);
    },
  );

  it("is refused an id that others register at the same time, unless it comes first", async () => {
    const hooks = await openHooks({ storage: create() });
    const all = await Promise.all(
      ["a", "a", "b", ""].map((tenantId) => hooks.tenant(tenantId).webhooks.register(webhook)),
    );
    const refused = all.flatMap((one) => (one.isErr() ? [one.error] : []));
    expect(refused).toMatchObject([taken, taken, taken]);
  });
});
