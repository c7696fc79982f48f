import { describe, expect, it } from "vitest";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { interrupted, type Interruption } from "../../support/interrupted.ts";
import { everyStorage, failure, openHooks, value, type MemoryHooks } from "../../support/open-hooks.ts";

const message = { event: "memory.updated", payload: { n: 1 } } as const;
const webhook = { webhookId: "w", url: "http://127.0.0.1:9/hooks", events: [message.event] } as const;

const spoilt: Readonly<Record<string, (hooks: MemoryHooks, messageId: string) => Promise<unknown>>> = {
  PayloadErased: (hooks, messageId) => value(hooks.messages.erase({ messageId })),
  WebhookInactive: (hooks) => value(hooks.webhooks.update("w", { active: false })),
  WebhookNotFound: (hooks) => value(hooks.webhooks.delete("w")),
  MessageNotFound: (hooks) => value(hooks.ledger.prune({ finishedBefore: new Date(Date.now() + 3_600_000) })),
};
/** How many reads come before the decision. */
const READS = 5;
const cases = Object.entries(spoilt).flatMap(([type, act]) =>
  Array.from({ length: READS }, (_, readsBefore) => ({ type, act, readsBefore })),
);

describe.each(everyStorage)("resending, on $name", ({ create }) => {
  it.each(cases)(
    "is refused as $type for what happens after $readsBefore reads",
    async ({ type, act, readsBefore }) => {
      const interruption: Interruption = { readsBefore, act: null };
      const http = scriptedHttpClient();
      const hooks = await openHooks({ storage: interrupted(create(), interruption), http });
      await value(hooks.webhooks.register(webhook));
      const { messageId } = await value(hooks.publish(message));
      await value(hooks.worker().runUntilIdle());
      interruption.act = () => act(hooks, messageId);
      expect(await failure(hooks.messages.resend({ messageId, webhookId: "w" }))).toMatchObject({ type });
      expect(interruption.act).toBeNull();
      expect((await value(hooks.deliveries.list({ state: "pending" }))).items).toEqual([]);
      expect((await value(hooks.ledger.verify())).differences).toEqual([]);
    },
  );
});
