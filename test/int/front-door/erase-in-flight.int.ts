import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { createGate } from "../../support/gate.ts";
import { event, register } from "../../support/deliver-to.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";

const personal = "anna@example.com";

describe.each(storages)("a message that is erased while its attempt is under way, on $name", ({ create }) => {
  it.each([422, 503, 410])("leaves nothing of what the receiver repeats of it in a %i", async (statusCode) => {
    const answer = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient(() => answer.opened);
    const hooks = await openHooks({ storage: create(), http, clock: createFakeClock() });
    await register(hooks, "w", { events: [event] });
    const published = await value(hooks.publish({ event, payload: { memory_id: personal }, subject: "anna" }));
    const deliveryId = published.deliveries[0]?.deliveryId ?? "";
    const worker = hooks.worker();
    await value(worker.start());
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    expect(await value(hooks.messages.erase({ subject: "anna" }))).toEqual({ erased: 1 });
    answer.open({ statusCode, body: `no such user: ${personal}` });
    await value(worker.stop());
    expect(JSON.stringify(await value(hooks.deliveries.attempts(deliveryId)))).not.toContain(personal);
    expect(JSON.stringify(await value(hooks.ledger.readAll({ limit: 100 })))).not.toContain(personal);
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });
});
