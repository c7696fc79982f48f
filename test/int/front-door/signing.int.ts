import { err, errAsync, okAsync, ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { formatKeyPair, formatWhsec, readKeyPair } from "../../../src/domain/signing/index.ts";
import type { Signer, SigningFailed, WebhookEvent } from "../../../src/index.ts";
import type { HttpRequest } from "../../../src/ports/http-client.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { verifyWebhook, type VerifyInput } from "../../../src/verify/index.ts";
import { createGate } from "../../support/gate.ts";
import { failure, openHooks, readLedger, storages, value } from "../../support/open-hooks.ts";

const event = "memory.updated";
const url = "http://127.0.0.1:9/hook";
const secretOf = (byte: number) => formatWhsec(new Uint8Array(32).fill(byte));
const keyPairOf = (byte: number) => formatKeyPair(new Uint8Array(32).fill(byte));
const publicKeyOf = (keyPair: string) => readKeyPair(keyPair)._unsafeUnwrap().publicKey;

describe.each(storages)("signing, on $name", ({ create }) => {
  async function open(options: Partial<Parameters<typeof openHooks>[0]> = {}) {
    const clock = createFakeClock();
    const http = scriptedHttpClient(() => 204);
    const hooks = await openHooks({ storage: create(), clock, http, ...options });
    /** Publishes a message, and tells by which scheme a receiver with these keys accepts it, or why it does not. */
    async function check(keys: Pick<VerifyInput, "secret" | "publicKey">): Promise<string> {
      const { headers, body } = await send();
      const verification = await verifyWebhook({ headers, body, now: clock.now(), ...keys });
      return verification.ok ? verification.scheme : verification.reason;
    }
    async function send(): Promise<HttpRequest> {
      await value(hooks.dispatch({ event, payload: { n: http.requests.length } }));
      const request = http.requests.at(-1);
      if (request === undefined) throw new Error("nothing was sent");
      return request;
    }
    return { clock, http, hooks, check, send };
  }

  it("uses a generated secret, kemi and v1 for a webhook that names none", async () => {
    const { hooks, check, send } = await open();
    const webhook = await value(hooks.webhooks.register({ url, events: [event] }));
    expect(webhook).toMatchObject({ schemes: ["kemi", "v1"], publicKey: null });
    expect(webhook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(await check({ secret: webhook.secret })).toBe("v1");
    const { headers } = await send();
    expect(headers["webhook-signature"]).toMatch(/^v1,\S+$/);
    expect(headers["X-Kemi-Signature"]).toMatch(/^[0-9a-f]{64}$/);
  });

  it("signs by kemi alone for a webhook that has only that scheme", async () => {
    const { hooks, check, send } = await open();
    const webhook = await value(hooks.webhooks.register({ url, events: [event], schemes: ["kemi"] }));
    expect((await send()).headers).not.toHaveProperty("webhook-signature");
    expect(await check({ secret: webhook.secret })).toBe("kemi");
  });

  it("signs by v1a with the key pair that is given, or else with a generated one", async () => {
    const { hooks, check } = await open();
    const given = await value(hooks.webhooks.register({ url, events: [event], keyPair: keyPairOf(1) }));
    expect(given).toMatchObject({ schemes: ["kemi", "v1", "v1a"], publicKey: publicKeyOf(keyPairOf(1)) });
    expect(await check({ publicKey: publicKeyOf(keyPairOf(1)) })).toBe("v1a");
    expect(await check({ secret: given.secret })).toBe("v1");
    await value(hooks.webhooks.delete(given.webhookId));
    const made = await value(hooks.webhooks.register({ url, events: [event], schemes: ["v1a"] }));
    expect(made.publicKey).toMatch(/^whpk_/);
    expect(await check({ publicKey: made.publicKey ?? "" })).toBe("v1a");
    expect(await check({ secret: made.secret })).toBe("no-known-signature");
  });

  it("refuses a key pair without v1a, a damaged key pair and unknown or missing schemes", async () => {
    const { hooks } = await open();
    const refused = async (settings: object) => {
      const { field } = await failure(hooks.webhooks.register({ url, events: [event], ...settings })).then((error) =>
        error.type === "InvalidInput" ? error : { field: error.type },
      );
      return field;
    };
    expect(await refused({ schemes: ["v1"], keyPair: keyPairOf(1) })).toBe("schemes");
    expect(await refused({ schemes: [] })).toBe("schemes");
    expect(await refused({ schemes: ["v1", "v2"] })).toBe("schemes");
    expect(await refused({ keyPair: secretOf(1) })).toBe("keyPair");
    expect(await refused({ keyPair: null })).toBe("keyPair");
  });

  it("follows an update of the schemes and the key pair, and what does not change adds no event", async () => {
    const { hooks, check } = await open();
    const { webhookId } = await value(hooks.webhooks.register({ url, events: [event] }));
    const update = (changes: object) => value(hooks.webhooks.update(webhookId, changes));
    expect(await update({ keyPair: keyPairOf(1) })).toMatchObject({ schemes: ["kemi", "v1", "v1a"] });
    await update({ keyPair: keyPairOf(1) });
    await update({ schemes: ["v1a", "kemi", "v1"] });
    expect(await check({ publicKey: publicKeyOf(keyPairOf(1)) })).toBe("v1a");
    expect(await update({ schemes: ["v1"] })).toMatchObject({ publicKey: publicKeyOf(keyPairOf(1)) });
    expect(await check({ publicKey: publicKeyOf(keyPairOf(1)) })).toBe("no-known-signature");
    expect(await update({ schemes: ["v1a"] })).toMatchObject({ publicKey: publicKeyOf(keyPairOf(1)) });
    // A new key pair takes over at once.
    await update({ keyPair: keyPairOf(2) });
    expect(await check({ publicKey: publicKeyOf(keyPairOf(1)) })).toBe("signature-mismatch");
    expect(await check({ publicKey: publicKeyOf(keyPairOf(2)) })).toBe("v1a");
    const types = (await value(hooks.webhooks.history(webhookId))).map(({ type }) => type);
    const changed: WebhookEvent["type"][] = ["WebhookKeyPairRotated", "WebhookSchemesChanged"];
    expect(types).toEqual([
      ...["WebhookRegistered", ...changed, "WebhookSchemesChanged", "WebhookSchemesChanged"],
      "WebhookKeyPairRotated",
    ]);
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
    await value(hooks.ledger.rebuild());
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });

  it("uses every secret in force during the overlap, the newest first, and then the newest alone", async () => {
    const { hooks, clock, check, send } = await open();
    const { webhookId } = await value(hooks.webhooks.register({ url, events: [event], secret: secretOf(0) }));
    for (const byte of [1, 2]) {
      await value(hooks.webhooks.rotateSecret(webhookId, { secret: secretOf(byte), overlapSeconds: 60 }));
    }
    for (const byte of [0, 1, 2]) expect(await check({ secret: secretOf(byte) })).toBe("v1");
    const { headers, body } = await send();
    const [newest] = headers["webhook-signature"]?.split(" ") ?? [];
    const alone = { ...headers, "webhook-signature": newest };
    expect(await verifyWebhook({ headers: alone, body, secret: secretOf(2), now: clock.now() })).toMatchObject({
      ok: true,
    });
    clock.advance(60_000);
    expect(await check({ secret: secretOf(1) })).toBe("signature-mismatch");
    expect(await check({ secret: secretOf(2) })).toBe("v1");
  });

  it("uses a secret no longer than its own overlap, though another's goes on", async () => {
    const { hooks, clock, check } = await open();
    const { webhookId } = await value(hooks.webhooks.register({ url, events: [event], secret: secretOf(0) }));
    await value(hooks.webhooks.rotateSecret(webhookId, { secret: secretOf(1), overlapSeconds: 60 }));
    await value(hooks.webhooks.rotateSecret(webhookId, { secret: secretOf(2), overlapSeconds: 120 }));
    clock.advance(59_999);
    for (const byte of [0, 1, 2]) expect(await check({ secret: secretOf(byte) })).toBe("v1");
    clock.advance(1);
    expect(await check({ secret: secretOf(0) })).toBe("signature-mismatch");
    for (const byte of [1, 2]) expect(await check({ secret: secretOf(byte) })).toBe("v1");
    clock.advance(60_000);
    expect(await check({ secret: secretOf(1) })).toBe("signature-mismatch");
  });

  it("uses a key once, even if it is in force twice", async () => {
    const { hooks, check, send } = await open();
    const first = { secret: secretOf(0), keyPair: keyPairOf(100) };
    const { webhookId } = await value(hooks.webhooks.register({ url, events: [event], ...first }));
    for (const byte of [0, 1, 0]) {
      await value(hooks.webhooks.rotateSecret(webhookId, { secret: secretOf(byte) }));
      await value(hooks.webhooks.rotateKeyPair(webhookId, { keyPair: keyPairOf(100 + byte) }));
    }
    const signatures = (await send()).headers["webhook-signature"]?.split(" ") ?? [];
    expect(signatures.map((signature) => signature.split(",")[0])).toEqual(["v1", "v1", "v1a", "v1a"]);
    expect(new Set(signatures).size).toBe(4);
    for (const byte of [0, 1]) {
      expect(await check({ secret: secretOf(byte) })).toBe("v1");
      expect(await check({ publicKey: publicKeyOf(keyPairOf(100 + byte)) })).toBe("v1a");
    }
  });

  it("uses ten old secrets and ten old key pairs at most", async () => {
    const { hooks, check, send } = await open();
    const first = { secret: secretOf(0), keyPair: keyPairOf(100) };
    const { webhookId } = await value(hooks.webhooks.register({ url, events: [event], ...first }));
    for (let byte = 1; byte <= 11; byte += 1) {
      await value(hooks.webhooks.rotateSecret(webhookId, { secret: secretOf(byte) }));
      await value(hooks.webhooks.rotateKeyPair(webhookId, { keyPair: keyPairOf(100 + byte) }));
    }
    const { headers } = await send();
    expect(headers["webhook-signature"]?.split(" ")).toHaveLength(22);
    expect(await check({ secret: secretOf(0) })).toBe("signature-mismatch");
    expect(await check({ publicKey: publicKeyOf(keyPairOf(100)) })).toBe("signature-mismatch");
    expect(await check({ secret: secretOf(1) })).toBe("v1");
    expect(await check({ publicKey: publicKeyOf(keyPairOf(101)) })).toBe("v1a");
  });

  it("leaves in the ledger who rotated and when, but never a secret", async () => {
    const { hooks, clock } = await open();
    const { webhookId } = await value(hooks.webhooks.register({ url, events: [event], secret: secretOf(1) }));
    clock.advance(5000);
    await value(hooks.webhooks.rotateSecret(webhookId, { secret: secretOf(2), actor: "ada@example.com" }));
    await value(hooks.webhooks.rotateKeyPair(webhookId, { keyPair: keyPairOf(3), actor: "grace" }));
    await value(hooks.webhooks.update(webhookId, { secret: secretOf(4), actor: "edsger" }));
    const [, ...rotations] = await value(hooks.webhooks.history(webhookId));
    expect(rotations.map(({ type, metadata }) => [type, metadata["actor"]])).toEqual([
      ["WebhookSecretRotated", "ada@example.com"],
      ["WebhookKeyPairRotated", "grace"],
      ["WebhookSchemesChanged", "grace"],
      ["WebhookSecretRotated", "edsger"],
    ]);
    expect(rotations[0]?.recordedAt).toBe(new Date(clock.now()).toISOString());
    const ledger = JSON.stringify(await readLedger(hooks));
    for (const hidden of [secretOf(1), secretOf(2), secretOf(4), keyPairOf(3)]) expect(ledger).not.toContain(hidden);
    expect(await failure(hooks.webhooks.rotateSecret(webhookId, { actor: "" }))).toMatchObject({ field: "actor" });
  });

  it("names the Standard Webhooks headers by headerPrefix, and refuses custom headers with those names", async () => {
    const { hooks, check, send } = await open({ request: { headerPrefix: "svix-" } });
    const { secret } = await value(hooks.webhooks.register({ url, events: [event] }));
    expect(await check({ secret })).toBe("v1");
    expect(Object.keys((await send()).headers)).toEqual(expect.arrayContaining(["svix-id", "svix-timestamp"]));
    for (const name of ["svix-id", "Webhook-Signature", "x-kemi-signature"]) {
      const error = await failure(hooks.webhooks.register({ url, events: [event], headers: { [name]: "1" } }));
      expect(error).toMatchObject({ type: "InvalidInput", rule: "is set by hookledger itself" });
    }
  });
});

describe("a signer of the application's own", () => {
  const answering = (answer: () => ReturnType<ReturnType<Signer["keyFor"]>>): Signer => ({
    keyFor: () => answer,
    publicKeyOf: () => okAsync(publicKeyOf(keyPairOf(7))),
  });

  async function attemptWith(signer: Signer) {
    const http = scriptedHttpClient(() => 204);
    const clock = createFakeClock({ autoAdvance: true });
    const hooks = await openHooks({ http, signer, clock });
    const settings = { secret: "arn:key", keyPair: "arn:pair", retryConfig: { maxRetries: 1 } };
    const { publicKey } = await value(hooks.webhooks.register({ url, events: [event], ...settings }));
    const { deliveries } = await value(hooks.publish({ event, payload: {} }));
    await value(hooks.worker().runUntilIdle());
    const [attempt] = await value(hooks.deliveries.attempts(deliveries[0]?.deliveryId ?? ""));
    return { publicKey, attempt, request: http.requests.at(-1) };
  }

  it("signs what is sent, with keys that it knows by their names", async () => {
    const { request, publicKey } = await attemptWith(answering(() => okAsync(Buffer.from("signed"))));
    const signature = Buffer.from("signed").toString("base64");
    expect(publicKey).toBe(publicKeyOf(keyPairOf(7)));
    expect(request?.headers["webhook-signature"]).toBe(`v1,${signature} v1a,${signature}`);
  });

  it.each([
    ["fails", () => errAsync({ type: "SigningFailed", message: "no such key" }), "no such key"],
    ["never answers", () => new ResultAsync(new Promise(() => undefined)), "the signer did not answer within 10 s"],
    ["rejects", () => new ResultAsync(Promise.reject(new TypeError("secret"))), "the signer threw (TypeError)"],
    [
      "throws",
      () => {
        throw new Error("secret");
      },
      "the signer threw (Error)",
    ],
    ["fails with null", () => errAsync(JSON.parse("null")), "the signer answered with a malformed error"],
    ["fails with a text", () => err(JSON.parse('"secret"')), "the signer answered with a malformed error"],
    [
      "fails with no message",
      () => errAsync(JSON.parse('{ "type": "SigningFailed" }')),
      "the signer answered with a malformed error",
    ],
    [
      "fails with a message that is none",
      () => err(JSON.parse('{ "type": "SigningFailed", "message": { "text": "secret" } }')),
      "the signer answered with a malformed error",
    ],
    [
      "fails with a type that there is not",
      () => err(JSON.parse('{ "type": "KmsFailed", "message": "secret" }')),
      "the signer answered with a malformed error",
    ],
  ] satisfies [string, () => ReturnType<ReturnType<Signer["keyFor"]>>, string][])(
    "fails the attempt if it %s, and nothing is sent",
    async (_, answer, message) => {
      const { request, attempt } = await attemptWith(answering(answer));
      expect(request).toBeUndefined();
      expect(attempt?.failure).toEqual({ kind: "signing", message });
    },
  );

  it("uses up the attempt's time: the receiver gets what is left", async () => {
    const clock = createFakeClock();
    const signature = createGate<Uint8Array>();
    const http = scriptedHttpClient();
    const signer = answering(() => ResultAsync.fromSafePromise(signature.opened));
    const hooks = await openHooks({ http, signer, clock, request: { timeoutSeconds: 10 } });
    await value(hooks.webhooks.register({ url, events: [event], secret: "arn:key" }));
    await value(hooks.publish({ event, payload: {} }));
    const idle = value(hooks.worker().runUntilIdle());
    await vi.waitFor(() => expect(clock.sleepers()).toBe(2));
    clock.advance(9700);
    signature.open(Buffer.from("signed"));
    await idle;
    expect(http.requests).toMatchObject([{ timeoutSeconds: 0.3 }]);
  });

  it("refuses what asks for a public key if it does not answer, and does not keep close waiting", async () => {
    const signer = {
      ...answering(() => okAsync(new Uint8Array())),
      publicKeyOf: () => new ResultAsync<string, SigningFailed>(new Promise(() => undefined)),
    };
    const hooks = await openHooks({ signer, request: { timeoutSeconds: 0.05 } });
    await value(hooks.webhooks.register({ webhookId: "w", url, events: [] }));
    const begun: readonly ResultAsync<unknown, unknown>[] = [
      hooks.webhooks.register({ url, events: [], schemes: ["v1a"] }),
      hooks.webhooks.update("w", { schemes: ["v1a"] }),
      hooks.webhooks.rotateKeyPair("w"),
    ];
    await value(hooks.close());
    const message = "the signer did not answer within 0.05 s";
    for (const call of begun) expect(await failure(call)).toEqual({ type: "SigningFailed", message });
  });

  it("refuses the registration if it cannot tell a public key", async () => {
    const failed = { type: "SigningFailed", message: "the service does not answer" } as const;
    const hooks = await openHooks({
      signer: { ...answering(() => errAsync(failed)), publicKeyOf: () => errAsync(failed) },
    });
    expect(await failure(hooks.webhooks.register({ url, events: [event], keyPair: "arn:pair" }))).toEqual(failed);
  });
});
