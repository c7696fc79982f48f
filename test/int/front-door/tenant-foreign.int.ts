import { describe, expect, it } from "vitest";
import { everyStorage, failure, openHooks, value } from "../../support/open-hooks.ts";

const event = "memory.updated";
const webhook = { url: "http://127.0.0.1:9/hooks", events: [event], tenantId: "a" } as const;

describe.each(everyStorage)("another tenant's webhook, whether it is active or not, on $name", ({ create }) => {
  it.each([true, false])("does not exist for a resend, or for a replay of a tenant: %j", async (active) => {
    const hooks = await openHooks({ storage: create() });
    await value(hooks.webhooks.register({ ...webhook, webhookId: "foreign", active }));
    const { messageId } = await value(hooks.publish({ event, payload: { n: 1 }, tenantId: "b" }));
    const notFound = { type: "WebhookNotFound", webhookId: "foreign" };
    expect(await failure(hooks.messages.resend({ messageId, webhookId: "foreign" }))).toMatchObject(notFound);
    const replayed = hooks.deliveries.replay({ webhookId: "foreign", tenantId: "b" });
    expect(await failure(replayed)).toMatchObject(notFound);
  });
});
