import { describe, expect, it } from "vitest";
import type { StorageAdapter } from "../../../src/index.ts";
import { inProcessSigner } from "../../../src/adapters/system/index.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import {
  connectionRefused,
  scriptedHttpClient,
  type ScriptedAnswer,
} from "../../../src/testing/scripted-http-client.ts";
import { verifyWebhook } from "../../../src/verify/index.ts";
import { answer, event, register, urlOf } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { everyStorage, failure, openHooks, readLedger, value } from "../../support/open-hooks.ts";

const test = { event, payload: { type: "test" } } as const;
const failed = { outcome: "failed", statusCode: null, response: null };

describe.each(everyStorage)("a test of a webhook, on $name", ({ create }) => {
  async function open(respond: () => ScriptedAnswer | Promise<ScriptedAnswer> = () => 204, storage?: StorageAdapter) {
    const clock = createFakeClock();
    const http = scriptedHttpClient(respond);
    const hooks = await openHooks({ storage: storage ?? create(), clock, http });
    await register(hooks, "a");
    return { hooks, http, clock };
  }

  it("is signed like an attempt, and answers what came of it", async () => {
    const { hooks, http, clock } = await open();
    const sent = await value(hooks.webhooks.sendTest("a", test));
    expect(sent).toEqual({
      ...{ outcome: "delivered", statusCode: 204, failure: null, response: null, durationMs: 0 },
      messageId: http.requests[0]?.headers["webhook-id"],
    });
    const webhook = await value(hooks.webhooks.get("a"));
    const [request] = http.requests;
    const verified = await verifyWebhook({
      ...{ headers: request?.headers ?? {}, body: request?.body ?? "", secret: webhook?.secret ?? "" },
      now: clock.now(),
    });
    expect(verified).toMatchObject({ ok: true, messageId: sent.messageId });
    expect(new TextDecoder().decode(request?.body)).toBe('{"type":"test"}');
  });

  it("is sent once, stored nowhere, and changes nothing about the webhook, even by a 410 or a 503", async () => {
    for (const statusCode of [410, 503, 500]) {
      const { hooks, http } = await open(() => answer(statusCode, { "retry-after": "60" }, "no"));
      const asBefore = async () => [
        await value(hooks.webhooks.get("a")),
        await value(hooks.webhooks.health("a")),
        await readLedger(hooks),
        await value(hooks.deliveries.list()),
      ];
      const before = await asBefore();
      const sent = await value(hooks.webhooks.sendTest("a", test));
      expect(sent).toMatchObject({ ...failed, statusCode, failure: { kind: "status", statusCode }, response: "no" });
      await value(hooks.worker().runUntilIdle());
      expect(await asBefore()).toEqual(before);
      expect(await value(hooks.messages.get(sent.messageId))).toBeNull();
      expect(http.requests).toHaveLength(1);
    }
  });

  it("is sent whether the webhook is active, paused, subscribed or not, and with its settings of now", async () => {
    const { hooks, http } = await open();
    for (const change of [{ paused: true }, { paused: false, active: false }, { events: [] }, { url: urlOf("b") }]) {
      await value(hooks.webhooks.update("a", change));
      expect(await value(hooks.webhooks.sendTest("a", test))).toMatchObject({ outcome: "delivered" });
    }
    expect(http.requests.map(({ url }) => url)).toEqual([urlOf("a"), urlOf("a"), urlOf("a"), urlOf("b")]);
  });

  it("uses what another process has changed", async () => {
    const storage = create();
    const { hooks, http } = await open(undefined, storage);
    const other = await openHooks({ storage, http: scriptedHttpClient() });
    await value(hooks.webhooks.sendTest("a", test));
    await value(other.webhooks.update("a", { url: urlOf("moved") }));
    await value(hooks.webhooks.sendTest("a", test));
    expect(http.requests.map(({ url }) => url)).toEqual([urlOf("a"), urlOf("moved")]);
  });

  it("is not sent to another tenant's webhook, or to none", async () => {
    const { hooks, http } = await open();
    for (const call of [hooks.tenant("b").webhooks.sendTest("a", test), hooks.webhooks.sendTest("none", test)])
      expect(await failure(call)).toMatchObject({ type: "WebhookNotFound" });
    expect(http.requests).toEqual([]);
  });

  it.each([
    ["answers", 1500, 1500],
    ["answers after the clock was set back", -1500, 0],
  ])("tells in milliseconds how long the exchange took if the receiver %s", async (_what, later, durationMs) => {
    const clock = createFakeClock();
    let shift = 0;
    const http = scriptedHttpClient(() => {
      shift = later;
      return 204;
    });
    const hooks = await openHooks({ storage: create(), clock: { ...clock, now: () => clock.now() + shift }, http });
    await register(hooks, "a");
    expect(await value(hooks.webhooks.sendTest("a", test))).toMatchObject({ outcome: "delivered", durationMs });
  });

  it("tells why nothing arrived", async () => {
    const { hooks } = await open(() => connectionRefused());
    const { outcome, failure: why } = await value(hooks.webhooks.sendTest("a", test));
    expect([outcome, why]).toMatchObject(["failed", { kind: "connection", code: "ECONNREFUSED" }]);
  });

  it("is closed if hookledger is closed before the answer", async () => {
    const asked = createGate<undefined>();
    const { hooks } = await open(() => {
      asked.open(undefined);
      return new Promise(() => undefined);
    });
    const sending = hooks.webhooks.sendTest("a", test);
    await asked.opened;
    await value(hooks.close());
    expect(await failure(sending)).toMatchObject({ type: "StorageError", reason: "closed" });
    expect(await failure(hooks.webhooks.sendTest("a", test))).toMatchObject({ reason: "closed" });
  });
});

describe("a test of a webhook whose request cannot be signed", () => {
  it("has failed with the reason, and the log names the webhook", async () => {
    const logger = createRecordingLogger();
    const signer = {
      ...inProcessSigner,
      keyFor: () => {
        throw new TypeError("a bug");
      },
    };
    const hooks = await openHooks({ logger, signer, http: scriptedHttpClient() });
    await register(hooks, "a");
    const sent = await value(hooks.webhooks.sendTest("a", test));
    expect(sent).toMatchObject({ ...failed, failure: { kind: "signing" } });
    expect(logger.entries.at(-1)).toMatchObject({ level: "error", facts: { webhookId: "a", error: "TypeError" } });
  });
});
