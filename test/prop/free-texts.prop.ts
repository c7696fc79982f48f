import fc from "fast-check";
import { expect, it } from "vitest";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { openHookledger, WebhookEventType } from "../../src/index.ts";
import { anyText } from "../../src/testing/arbitraries/json-values.ts";
import { value } from "../support/open-hooks.ts";

const event = WebhookEventType.UPDATED;

/** Mostly a value that is accepted, so that the calls after it are tried as well. */
function or<T>(usual: T): fc.Arbitrary<T | string> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: anyText });
}

const texts = fc.record({
  webhookId: or("w"),
  tenantId: or(""),
  path: or("hooks"),
  laterPath: or("later"),
  secret: or("s"),
  headerName: or("x-a"),
  headerValue: or("1"),
  idempotencyKey: or(undefined),
  subject: or(undefined),
  actor: or(undefined),
});

it("text that is accepted is read back and found again unchanged, and the tables agree with the ledger", () =>
  fc.assert(
    fc.asyncProperty(texts, async (given) => {
      const { webhookId, tenantId, secret, idempotencyKey, subject, actor } = given;
      const hooks = await value(openHookledger({ storage: sqliteStorage({ path: ":memory:" }) }));
      try {
        const url = `https://example.com/${given.path}`;
        const headers = { [given.headerName]: given.headerValue };
        const settings = { webhookId, tenantId, url, events: [event], secret, headers, actor };
        const registered = await hooks.webhooks.register(settings);
        if (registered.isOk()) {
          const found = await value(hooks.webhooks.get(webhookId));
          expect(found).toMatchObject({ webhookId, tenantId, url });
          expect([found?.secret, found?.headers]).toEqual([secret, headers]);
          const later = `https://example.com/${given.laterPath}`;
          const updated = await hooks.webhooks.update(webhookId, { url: later, actor });
          if (updated.isOk()) expect((await value(hooks.webhooks.get(webhookId)))?.url).toBe(later);
        }

        const message = { event, payload: {}, tenantId, idempotencyKey, subject };
        const published = await hooks.publish(message);
        if (published.isOk() && idempotencyKey !== undefined)
          expect(await value(hooks.publish(message))).toMatchObject({ duplicate: true });
        if (published.isOk() && subject !== undefined)
          expect(await value(hooks.messages.erase({ subject, tenantId }))).toEqual({ erased: 1 });

        expect((await value(hooks.ledger.verify())).differences).toEqual([]);
      } finally {
        await value(hooks.close());
      }
    }),
  ));
