import { describe, expect, it } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { publish, register, states } from "../../support/deliver-to.ts";
import { everyStorage, failure, openHooks, value } from "../../support/open-hooks.ts";

describe.each(everyStorage)("a webhook that is registered paused, on $name", ({ create }) => {
  const open = () => openHooks({ storage: create(), clock: createFakeClock(), http: scriptedHttpClient(() => 204) });

  it("gets deliveries, none of which is sent until it is resumed", async () => {
    const hooks = await open();
    await register(hooks, "w", { paused: true, actor: "me" });
    expect(await value(hooks.webhooks.get("w"))).toMatchObject({ active: true, paused: true });
    const history = await value(hooks.webhooks.history("w"));
    expect(history.map(({ type, metadata }) => [type, metadata])).toEqual([
      ["WebhookRegistered", { actor: "me" }],
      ["WebhookPaused", { actor: "me" }],
    ]);
    await publish(hooks, 2);
    expect(await value(hooks.webhooks.health("w"))).toMatchObject({ pending: 2, dueSince: null });
    await value(hooks.webhooks.update("w", { paused: false }));
    await value(hooks.worker().runUntilIdle());
    expect(await states(hooks)).toEqual({ delivered: 2 });
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });

  it("is refused if it is not active either, and nothing is registered", async () => {
    const hooks = await open();
    const refused = await failure(
      hooks.webhooks.register({ webhookId: "w", url: "http://127.0.0.1:9/w", events: [], active: false, paused: true }),
    );
    expect(refused).toMatchObject({ type: "InvalidInput", field: "paused" });
    expect(await value(hooks.webhooks.get("w"))).toBeNull();
  });
});
