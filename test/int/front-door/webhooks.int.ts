import { inspect } from "node:util";
import { ResultAsync } from "neverthrow";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { defineEvents, signPayload, type Webhook, type WebhookChanges } from "../../../src/index.ts";
import type { HttpRequest } from "../../../src/ports/http-client.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { failure, openHooks, readLedger, storages, value, type MemoryHooks } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const url = "http://127.0.0.1:9/hooks";
const event = "memory.updated";
const events = [event] as const;
const payload = { memory_id: "m-1" };

function verifies(request: HttpRequest | undefined, secret: string): boolean {
  if (request === undefined) throw new Error("nothing was sent");
  try {
    new StandardWebhook(secret).verify(Buffer.from(request.body).toString(), { ...request.headers });
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message.includes("signature")) return false;
    throw thrown;
  }
}

describe.each(storages)("webhooks on $name", ({ create }) => {
  it("register answers with the webhook, a secret of its own, and one event in its history", async () => {
    const hooks = await openHooks({ storage: create() });
    const webhook = await value(hooks.webhooks.register({ url, events, headers: { "x-key": "k" } }));
    expect(webhook).toMatchObject({
      url,
      events,
      active: true,
      tenantId: "",
      headers: { "x-key": "k" },
      deactivationReason: null,
    });
    expect(webhook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const history = await value(hooks.webhooks.history(webhook.webhookId));
    expect(history).toMatchObject([
      { type: "WebhookRegistered", version: 1, streamId: `webhook-${webhook.webhookId}` },
    ]);
  });

  it("tell when they were registered, and when they last changed", async () => {
    const clock = createFakeClock();
    const hooks = await openHooks({ storage: create(), clock });
    const at = () => new Date(clock.now()).toISOString();
    const createdAt = at();
    const { webhookId, ...registered } = await value(hooks.webhooks.register({ url, events }));
    expect(registered).toMatchObject({ createdAt, updatedAt: createdAt });
    clock.advance(1000);
    await value(hooks.webhooks.update(webhookId, { active: false }));
    const updatedAt = at();
    clock.advance(1000);
    await value(hooks.webhooks.update(webhookId, { active: false }));
    expect(await value(hooks.webhooks.get(webhookId))).toMatchObject({ createdAt, updatedAt });
  });

  it("may subscribe to a group of event types, or to all, later ones included", async () => {
    const storage = create();
    const early = await openHooks({ storage, events: defineEvents({ "order.paid": null, "user.left": null }) });
    await value(early.webhooks.register({ webhookId: "all", url, events: ["*"] }));
    await value(early.webhooks.register({ webhookId: "orders", url, events: ["user.left"] }));
    await value(early.webhooks.update("orders", { events: ["order.*"] }));
    const late = await openHooks({ storage, events: defineEvents({ "order.refund.asked": null, "user.left": null }) });
    const to = async (name: "order.refund.asked" | "user.left") =>
      (await value(late.publish({ event: name, payload: {} }))).deliveries.map(({ webhookId }) => webhookId);
    expect([await to("order.refund.asked"), await to("user.left")]).toEqual([["all", "orders"], ["all"]]);
    const forLeft = await value(late.webhooks.listForEvent("user.left"));
    expect(forLeft.map((webhook) => [webhook.webhookId, webhook.events])).toEqual([["all", ["*"]]]);
  });

  it("cannot have an id twice, neither while its webhook exists nor after that was deleted", async () => {
    const hooks = await openHooks({ storage: create() });
    const again = () => failure(hooks.webhooks.register({ webhookId: "w", url, events }));
    await value(hooks.webhooks.register({ webhookId: "w", url, events }));
    expect(await again()).toMatchObject({ type: "WebhookAlreadyExists", webhookId: "w", deleted: false });
    await value(hooks.webhooks.delete("w"));
    expect(await again()).toMatchObject({ type: "WebhookAlreadyExists", webhookId: "w", deleted: true });
  });

  it("if many register the same id at once, one succeeds, and its secret stays", async () => {
    const adapter = create();
    const [one, two] = [await openHooks({ storage: adapter }), await openHooks({ storage: adapter })];
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? one : two).webhooks.register({ webhookId: "w", url, events, secret: `s-${index}` }),
      ),
    );
    const winners = results.filter((result) => result.isOk());
    expect(winners).toHaveLength(1);
    expect((await value(one.webhooks.get("w")))?.secret).toBe(winners[0]?._unsafeUnwrap().secret);
    expect(await readLedger(one)).toHaveLength(1);
  });

  const changes: readonly (readonly [
    change: WebhookChanges & { events?: readonly "memory.updated"[] },
    type: string,
  ])[] = [
    [{ url: `${url}/new` }, "WebhookUrlChanged"],
    [{ events: [] }, "WebhookSubscriptionChanged"],
    [{ retryConfig: { maxRetries: 9 } }, "WebhookRetryConfigChanged"],
    [{ headers: { "x-new": "1" } }, "WebhookHeadersChanged"],
    [{ secret: "new" }, "WebhookSecretRotated"],
    [{ active: false }, "WebhookDeactivated"],
  ];

  it.each(changes)("update with %j causes one event, and none if it changes nothing", async (change, type) => {
    const hooks = await openHooks({ storage: create() });
    await value(hooks.webhooks.register({ webhookId: "w", url, events }));
    for (let time = 0; time < 2; time += 1) {
      const updated = await value(hooks.webhooks.update("w", change));
      expect(updated).toMatchObject({ ...change });
      expect(await value(hooks.webhooks.get("w"))).toEqual(updated);
      expect((await value(hooks.webhooks.history("w"))).map((one) => one.type)).toEqual(["WebhookRegistered", type]);
    }
  });

  it("update with everything at once causes six events, and with nothing none", async () => {
    const hooks = await openHooks({ storage: create() });
    await value(hooks.webhooks.register({ webhookId: "w", url, events }));
    const before = await value(hooks.webhooks.get("w"));
    expect(await value(hooks.webhooks.update("w", {}))).toEqual(before);
    const everything = changes.reduce((all, [change]) => ({ ...all, ...change }), {});
    await value(hooks.webhooks.update("w", everything));
    const history = await value(hooks.webhooks.history("w"));
    expect(history.map(({ type }) => type)).toEqual(["WebhookRegistered", ...changes.map(([, type]) => type)]);
  });

  it("a retry setting that is not named keeps its value, even if others are changed at once", async () => {
    const hooks = await openHooks({ storage: create() });
    await value(
      hooks.webhooks.register({
        webhookId: "w",
        url,
        events,
        retryConfig: { backoffMultiplier: 3, jitterFraction: 0.5 },
      }),
    );
    await Promise.all([
      value(hooks.webhooks.update("w", { retryConfig: { maxRetries: 7 } })),
      value(hooks.webhooks.update("w", { retryConfig: { baseDelaySeconds: 4 } })),
      value(hooks.webhooks.update("w", { retryConfig: { maxDelaySeconds: 30 } })),
    ]);
    expect((await value(hooks.webhooks.get("w")))?.retryConfig).toEqual({
      maxRetries: 7,
      baseDelaySeconds: 4,
      maxDelaySeconds: 30,
      backoffMultiplier: 3,
      jitterFraction: 0.5,
    });
    await value(hooks.webhooks.update("w", { retryConfig: { jitterFraction: 0 } }));
    expect((await value(hooks.webhooks.get("w")))?.retryConfig).not.toHaveProperty("jitterFraction");
  });

  it("headers are replaced as a whole, and removed with an empty record", async () => {
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: create(), http });
    await value(hooks.webhooks.register({ webhookId: "w", url, events, headers: { "x-a": "1", "x-b": "2" } }));
    expect((await value(hooks.webhooks.update("w", { headers: { "x-c": "3" } }))).headers).toEqual({ "x-c": "3" });
    await value(hooks.dispatch({ event, payload }));
    expect((await value(hooks.webhooks.update("w", { headers: {} }))).headers).toEqual({});
    await value(hooks.dispatch({ event, payload }));
    expect(http.requests.map(({ headers }) => Object.keys(headers).filter((name) => name.startsWith("x-")))).toEqual([
      ["x-c"],
      [],
    ]);
  });

  it("rotateSecret lets both secrets verify until the overlap ends, and then only the new one", async () => {
    // The library that verifies refuses timestamps that are not near the present.
    const clock = createFakeClock({ startAt: Date.now() });
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: create(), http, clock });
    const { webhookId, secret: old } = await value(hooks.webhooks.register({ url, events }));
    const { secret } = await value(hooks.webhooks.rotateSecret(webhookId, { overlapSeconds: 60 }));
    expect(secret).not.toBe(old);
    const send = async () => {
      await value(hooks.dispatch({ event, payload }));
      const request = http.requests.at(-1);
      return [
        verifies(request, old),
        verifies(request, secret),
        request?.headers["webhook-signature"]?.split(" ").length,
      ];
    };
    expect(await send()).toEqual([true, true, 2]);
    clock.advance(59_999);
    expect(await send()).toEqual([true, true, 2]);
    clock.advance(1);
    expect(await send()).toEqual([false, true, 1]);
  });

  it("rotateSecret without an overlap, or update with a secret, ends the old secret at once", async () => {
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: create(), http });
    const { webhookId, secret: first } = await value(hooks.webhooks.register({ url, events }));
    const { secret: second } = await value(hooks.webhooks.rotateSecret(webhookId, { overlapSeconds: 0 }));
    await value(hooks.dispatch({ event, payload }));
    expect([verifies(http.requests[0], first), verifies(http.requests[0], second)]).toEqual([false, true]);
    await value(hooks.webhooks.update(webhookId, { secret: first }));
    await value(hooks.dispatch({ event, payload }));
    expect([verifies(http.requests[1], first), verifies(http.requests[1], second)]).toEqual([true, false]);
  });

  it("a secret can be rotated again within the overlap, and then all three sign", async () => {
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: create(), http });
    const secrets = [(await value(hooks.webhooks.register({ webhookId: "w", url, events }))).secret];
    for (let time = 0; time < 2; time += 1) secrets.unshift((await value(hooks.webhooks.rotateSecret("w"))).secret);
    await value(hooks.dispatch({ event, payload }));
    expect(secrets.map((secret) => verifies(http.requests[0], secret))).toEqual([true, true, true]);
    const own = await value(hooks.webhooks.get("w"));
    expect(own?.secret).toBe(secrets[0]);
  });

  it("delete removes a webhook from every list, but keeps its history", async () => {
    const hooks = await openHooks({ storage: create() });
    await value(hooks.webhooks.register({ webhookId: "w", url, events }));
    expect(await value(hooks.webhooks.delete("w"))).toBe(true);
    expect(await value(hooks.webhooks.get("w"))).toBeNull();
    expect(await value(hooks.webhooks.list({ activeOnly: false }))).toEqual([]);
    expect((await value(hooks.webhooks.history("w"))).map(({ type }) => type)).toEqual([
      "WebhookRegistered",
      "WebhookDeleted",
    ]);
    for (const refused of [hooks.webhooks.update("w", { url }), hooks.webhooks.rotateSecret("w")]) {
      expect(await failure(refused)).toMatchObject({ type: "WebhookNotFound", webhookId: "w" });
    }
  });

  it("tenants never see one another's webhooks or messages", async () => {
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: create(), http });
    for (const tenantId of ["", "a", "b"]) {
      await value(
        hooks.webhooks.register({ webhookId: `of-${tenantId}`, url: `${url}/${tenantId}`, events, tenantId }),
      );
    }
    for (const tenantId of [undefined, "a", "b", "c"]) {
      const own = tenantId === "c" ? [] : [`of-${tenantId ?? ""}`];
      const ids = (webhooks: readonly { readonly webhookId: string }[]) => webhooks.map(({ webhookId }) => webhookId);
      expect(ids(await value(hooks.webhooks.list({ tenantId })))).toEqual(own);
      expect(ids(await value(hooks.webhooks.listForEvent(event, { tenantId })))).toEqual(own);
      const preview = await value(hooks.preview({ event, tenantId }));
      expect([ids(preview.matched), preview.skipped]).toEqual([own, []]);
      const { deliveries, skipped } = await value(hooks.publish({ event, payload, tenantId }));
      expect([ids(deliveries), skipped]).toEqual([own, []]);
    }
    await value(hooks.worker().runUntilIdle());
    expect(http.requests.map((request) => request.url).sort()).toEqual([`${url}/`, `${url}/a`, `${url}/b`]);
  });

  it("a list of many webhooks asks the secret store once", async () => {
    const questions: string[] = [];
    const storage = wrapStorage(create(), ({ secrets }) => ({
      secrets: {
        ...secrets,
        ofWebhook: (...args) => secrets.ofWebhook(...args).andTee(() => questions.push("one")),
        ofWebhooks: (...args) => secrets.ofWebhooks(...args).andTee(() => questions.push("all")),
      },
    }));
    const hooks = await openHooks({ storage });
    for (let n = 0; n < 5; n += 1) await value(hooks.webhooks.register({ url, events, secret: `s-${n}` }));
    questions.length = 0;
    const secretsOf = (all: readonly Webhook[]) => all.map(({ secret }) => secret);
    expect(secretsOf(await value(hooks.webhooks.list()))).toEqual(["s-0", "s-1", "s-2", "s-3", "s-4"]);
    expect(secretsOf(await value(hooks.webhooks.listForEvent(event)))).toHaveLength(5);
    expect(questions).toEqual(["all", "all"]);
  });

  describe("if a change comes between the reads of a webhook and of its secrets", () => {
    /** `change` happens once, just before the secrets are read. */
    async function interrupted(change: (hooks: MemoryHooks) => Promise<unknown>) {
      const adapter = create();
      const other = await openHooks({ storage: adapter });
      let armed = false;
      const beforeSecrets = () => {
        const before = armed ? change(other) : Promise.resolve();
        armed = false;
        return ResultAsync.fromSafePromise(before);
      };
      const storage = wrapStorage(adapter, ({ secrets }) => ({
        secrets: {
          ...secrets,
          ofWebhook: (...args) => beforeSecrets().andThen(() => secrets.ofWebhook(...args)),
          ofWebhooks: (...args) => beforeSecrets().andThen(() => secrets.ofWebhooks(...args)),
        },
      }));
      const http = scriptedHttpClient();
      const hooks = await openHooks({ storage, http, clock: createFakeClock({ autoAdvance: true }) });
      await value(hooks.webhooks.register({ webhookId: "w", url, events, secret: "old", headers: { "x-key": "old" } }));
      const arm = () => {
        armed = true;
      };
      return { hooks, http, arm };
    }
    const rotate = (hooks: MemoryHooks) =>
      value(hooks.webhooks.rotateSecret("w", { secret: "new", overlapSeconds: 0 }));
    const replaceHeaders = (hooks: MemoryHooks) => value(hooks.webhooks.update("w", { headers: { "x-key": "new" } }));
    const remove = (hooks: MemoryHooks) => value(hooks.webhooks.delete("w"));

    it.each([
      ["rotation", rotate, { secret: "new", headers: { "x-key": "old" } }],
      ["new headers", replaceHeaders, { secret: "old", headers: { "x-key": "new" } }],
    ])("%s: get and list give the new state", async (_, change, expected) => {
      const [one, two] = [await interrupted(change), await interrupted(change)];
      one.arm();
      expect(await value(one.hooks.webhooks.get("w"))).toMatchObject(expected);
      two.arm();
      expect(await value(two.hooks.webhooks.list())).toMatchObject([expected]);
    });

    it("deactivation with new headers: no list of active webhooks has it", async () => {
      const { hooks, arm } = await interrupted((other) =>
        value(other.webhooks.update("w", { active: false, headers: {} })),
      );
      arm();
      expect(await value(hooks.webhooks.listForEvent(event))).toEqual([]);
      await value(hooks.webhooks.update("w", { active: true, headers: { "x-key": "old" } }));
      arm();
      expect(await value(hooks.webhooks.list())).toEqual([]);
    });

    it("deletion: get gives null, and list nothing", async () => {
      const [one, two] = [await interrupted(remove), await interrupted(remove)];
      one.arm();
      expect(await value(one.hooks.webhooks.get("w"))).toBeNull();
      two.arm();
      expect(await value(two.hooks.webhooks.list())).toEqual([]);
    });

    it("an attempt uses the new secret or headers, or is not made after a deletion", async () => {
      for (const [change, sent] of [
        [rotate, [{ "x-key": "old", "X-Kemi-Signature": signPayload(payload, "new")._unsafeUnwrap() }]],
        [replaceHeaders, [{ "x-key": "new", "X-Kemi-Signature": signPayload(payload, "old")._unsafeUnwrap() }]],
        [remove, []],
      ] as const) {
        const { hooks, http, arm } = await interrupted(change);
        await value(hooks.publish({ event, payload }));
        arm();
        await value(hooks.worker().runUntilIdle());
        expect(http.requests.map(({ headers }) => headers)).toMatchObject(sent);
        expect((await value(hooks.deliveries.list({ state: "pending" }))).items).toEqual([]);
      }
    });
  });

  it("no secret, header value or response is enumerable, logged, or in the ledger", async () => {
    const [secret, header, response, body] = ["c4nary-secret", "c4nary-header", "c4nary-response", "c4nary-payload"];
    const logger = createRecordingLogger();
    const http = scriptedHttpClient(() => ({ statusCode: 500, body: response }));
    const hooks = await openHooks({ storage: create(), http, logger });
    const given = { webhookId: "w", url, events, secret, headers: { "x-key": header }, retryConfig: { maxRetries: 1 } };
    const shown: Webhook[] = [await value(hooks.webhooks.register(given))];
    shown.push(await value(hooks.webhooks.update("w", { secret: `${secret}-2`, headers: { "x-key": `${header}-2` } })));
    shown.push(await value(hooks.webhooks.rotateSecret("w", { secret: `${secret}-3` })));
    shown.push(...(await value(hooks.webhooks.list())), ...(await value(hooks.webhooks.listForEvent(event))));
    for (const webhook of shown) {
      expect(webhook.secret).toContain(secret);
      expect(webhook.headers["x-key"]).toContain(header);
      expect(`${JSON.stringify(webhook)} ${inspect(webhook, { depth: 9 })} ${inspect({ ...webhook })}`).not.toContain(
        "c4nary",
      );
    }
    const [result] = await value(hooks.dispatch({ event, payload: { body } }));
    expect(result).toMatchObject({ error: `HTTP 500: ${response}` });
    expect(
      JSON.stringify([await readLedger(hooks), logger.entries, await value(hooks.deliveries.list())]),
    ).not.toContain("c4nary");
    expect(logger.entries.map(({ message }) => message)).toContain("delivery exhausted");
  });
});
