import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineEvents } from "../../../src/index.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";

const catalogue = defineEvents({
  "any.thing": null,
  "at.once": z.object({ time: z.number() }),
  "later.on": z.object({ time: z.number() }).refine(async ({ time }) => Promise.resolve(time > 0)),
  "of.others": null,
});
const events = ["any.thing", "at.once", "later.on", "of.others"] as const;
const url = "https://a.example/";

describe.each(storages)("what a call was passed is published, whatever changes later, on $name", ({ create }) => {
  async function openTwo() {
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: create(), http, events: catalogue });
    await value(hooks.webhooks.register({ webhookId: "mine", url, events }));
    await value(hooks.webhooks.register({ webhookId: "theirs", url, events, tenantId: "t" }));
    const sent = async () => ({
      bodies: http.requests.map(({ body }) => Buffer.from(body).toString()),
      events: (await value(hooks.deliveries.list())).items.map((delivery) => delivery.event),
    });
    return { hooks, sent, deliver: () => value(hooks.worker().runUntilIdle()) };
  }

  type Given = { event: "any.thing" | "at.once" | "of.others"; payload: { time: number }; tenantId: string };
  const given = (event: Given["event"]): Given => ({ event, payload: { time: 1 }, tenantId: "" });

  function changeAll(message: Given): void {
    message.payload.time = 2;
    message.event = "of.others";
    message.tenantId = "t";
  }

  it.each(["any.thing", "at.once"] as const)("%s, if the message is changed after publish", async (event) => {
    const { hooks, sent, deliver } = await openTwo();
    const message = given(event);
    const publishing = hooks.publish(message);
    changeAll(message);
    expect((await value(publishing)).deliveries).toMatchObject([{ webhookId: "mine" }]);
    await deliver();
    expect(await sent()).toEqual({ bodies: ['{"time":1}'], events: [event] });
  });

  it.each(["any.thing", "at.once"] as const)("%s, if the message is changed after dispatch", async (event) => {
    const { hooks, sent } = await openTwo();
    const message = given(event);
    const dispatching = hooks.dispatch(message);
    changeAll(message);
    expect(await value(dispatching)).toMatchObject([{ webhookId: "mine", success: true }]);
    expect(await sent()).toEqual({ bodies: ['{"time":1}'], events: [event] });
  });

  it("a list, if it and its messages are changed after publishMany", async () => {
    const { hooks, sent, deliver } = await openTwo();
    const messages = [given("any.thing"), given("at.once"), given("any.thing")];
    const publishing = hooks.publishMany(messages);
    messages.forEach(changeAll);
    messages.pop();
    expect((await value(publishing)).map(({ deliveries }) => deliveries)).toMatchObject([
      [{ webhookId: "mine" }],
      [{ webhookId: "mine" }],
      [{ webhookId: "mine" }],
    ]);
    await deliver();
    expect((await sent()).bodies).toEqual(['{"time":1}', '{"time":1}', '{"time":1}']);
  });

  it("an event and a tenant, if the schema answers later", async () => {
    const { hooks, deliver, sent } = await openTwo();
    const message: { event: "later.on" | "of.others"; payload: { time: number }; tenantId: string } = {
      ...{ event: "later.on", payload: { time: 1 }, tenantId: "" },
    };
    const publishing = hooks.publish(message);
    message.event = "of.others";
    message.tenantId = "t";
    expect((await value(publishing)).deliveries).toMatchObject([{ webhookId: "mine" }]);
    await deliver();
    expect(await sent()).toEqual({ bodies: ['{"time":1}'], events: ["later.on"] });
  });
});
