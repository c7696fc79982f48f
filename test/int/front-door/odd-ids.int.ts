import type { ResultAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import type { Tenant } from "../../../src/index.ts";
import { everyStorage, failure, openHooks } from "../../support/open-hooks.ts";

type Own = Pick<Tenant, "deliveries" | "messages" | "webhooks">;

const refusal = <T, E extends { readonly type: string }>(result: ResultAsync<T, E>): Promise<string> =>
  result.match(
    () => "none",
    ({ type }) => type,
  );

const lookedFor = ({ webhooks, deliveries, messages }: Own, id: string) => [
  refusal(webhooks.get(id)),
  refusal(webhooks.delete(id)),
  refusal(deliveries.get(id)),
  refusal(deliveries.attemptsOf(["d", id])),
  refusal(deliveries.list({ webhookId: id })),
  refusal(deliveries.list({ messageId: id })),
  // An empty cursor is no id, but a mistake.
  refusal(deliveries.list({ after: id === "" ? "a" : id })),
  refusal(messages.get(id)),
  refusal(messages.list({ subject: "s", after: id === "" ? "a" : id })),
];
const required = ({ webhooks, deliveries, messages }: Own, id: string) => [
  refusal(webhooks.update(id, { active: true })),
  refusal(webhooks.rotateSecret(id)),
  refusal(webhooks.rotateKeyPair(id)),
  refusal(webhooks.health(id)),
  refusal(webhooks.sendTest(id, { event: "memory.updated", payload: {} })),
  refusal(webhooks.history(id)),
  refusal(deliveries.attempts(id)),
  refusal(deliveries.redeliver(id)),
  refusal(deliveries.cancel(id)),
  refusal(deliveries.replay({ webhookId: id })),
  refusal(messages.erase({ messageId: id })),
  refusal(messages.resend({ messageId: id, webhookId: "w" })),
];

describe.each(everyStorage)("an id that nothing can have, on $name", ({ create }) => {
  it.each(["", " ", "\ud800", "é", "'", "x".repeat(10_000)])("is not found: %j", async (id) => {
    const hooks = await openHooks({ storage: create() });
    for (const own of [hooks, hooks.tenant("a")]) {
      expect(new Set(await Promise.all(lookedFor(own, id)))).toEqual(new Set(["none"]));
      for (const type of await Promise.all(required(own, id))) expect(type).toMatch(/NotFound$/);
    }
  });

  it("is refused if not every database takes it as text", async () => {
    const hooks = await openHooks({ storage: create() });
    for (const own of [hooks, hooks.tenant("a")]) {
      const refused = await Promise.all([...lookedFor(own, "a\0b"), ...required(own, "a\0b")]);
      expect(new Set(refused)).toEqual(new Set(["InvalidInput"]));
    }
    expect(await failure(hooks.ledger.readStream("a\0b"))).toMatchObject({ type: "InvalidInput", field: "streamId" });
  });
});
