import { errAsync, okAsync, ResultAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { inProcessSigner } from "../../../src/adapters/system/index.ts";
import type { InvalidInput } from "../../../src/domain/invalid-input.ts";
import { formatKeyPair, readKeyPair } from "../../../src/domain/signing/index.ts";
import { signingFailed, type Signer, type SigningFailed } from "../../../src/ports/signer.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { failure, openHooks, readLedger, storages, value } from "../../support/open-hooks.ts";

type Answer = ReturnType<Signer["publicKeyOf"]>;

const url = "http://127.0.0.1:9/hook";
const keyPair = formatKeyPair(new Uint8Array(32).fill(1));

function throws(): never {
  throw new Error(`could not read ${keyPair}`);
}

function answersWith(json: string): () => Answer {
  const answer: string = JSON.parse(json);
  return () => okAsync(answer);
}

function failsWith(json: string): () => Answer {
  const error: SigningFailed | InvalidInput = JSON.parse(json);
  return () => errAsync(error);
}

function answersWithNoResult(): Answer {
  return JSON.parse("{}");
}

function answersWithNothing(): Answer {
  return JSON.parse("7");
}

/** How a signer may break its promise of a public key. */
const breaches: readonly (readonly [how: string, publicKeyOf: () => Answer])[] = [
  ["throws", throws],
  ["rejects", () => new ResultAsync(Promise.reject(new Error(`could not read ${keyPair}`)))],
  ["answers with no Result", answersWithNoResult],
  ["answers with what is no object", answersWithNothing],
  ["answers with null", answersWith("null")],
  ["answers with an object", answersWith('{ "publicKey": "whpk_" }')],
  ["answers with a text that is no public key", answersWith('"whpk_of-the-service"')],
  ["answers with a public key of 31 bytes", () => okAsync(`whpk_${Buffer.alloc(31).toString("base64")}`)],
  ["answers with a public key in another encoding", () => okAsync(`whpk_${Buffer.alloc(32, 255).toString("hex")}`)],
  ["fails with null", failsWith("null")],
  ["fails with a text", failsWith('"no route"')],
  ["fails with no message", failsWith('{ "type": "SigningFailed" }')],
];

describe.each(storages)("a signer that has a bug, on $name", ({ create }) => {
  it.each(breaches)("%s: the call answers SigningFailed, and nothing is recorded", async (_how, publicKeyOf) => {
    let isBroken = false;
    const signer: Signer = {
      ...inProcessSigner,
      publicKeyOf: (text) => (isBroken ? publicKeyOf() : inProcessSigner.publicKeyOf(text)),
    };
    const hooks = await openHooks({ storage: create(), signer });
    const { webhookId } = await value(hooks.webhooks.register({ url, events: ["memory.updated"] }));
    const before = await readLedger(hooks);
    isBroken = true;
    for (const error of [
      await failure(hooks.webhooks.register({ url, events: ["memory.updated"], keyPair })),
      await failure(hooks.webhooks.update(webhookId, { keyPair })),
      await failure(hooks.webhooks.rotateKeyPair(webhookId, { keyPair })),
    ]) {
      expect(error).toMatchObject({ type: "SigningFailed" });
      expect(JSON.stringify(error)).not.toContain(keyPair);
    }
    expect(await readLedger(hooks)).toEqual(before);
    isBroken = false;
    const { publicKey } = await value(hooks.webhooks.update(webhookId, { keyPair }));
    expect(publicKey).toBe(readKeyPair(keyPair)._unsafeUnwrap().publicKey);
  });
});

describe.each(storages)("a signer that is away, on $name", ({ create }) => {
  it("exhausts deliveries, but no webhook is held to be failing for it, and none is deactivated", async () => {
    let isAway = true;
    const away = () => errAsync(signingFailed("the key service is away"));
    const signer: Signer = {
      ...inProcessSigner,
      keyFor: (key) => (content) => (isAway ? away() : inProcessSigner.keyFor(key)(content)),
    };
    const http = scriptedHttpClient();
    const logger = createRecordingLogger();
    const clock = createFakeClock({ autoAdvance: true });
    const hooks = await openHooks({ storage: create(), signer, http, logger, clock });
    const retryConfig = { scheduleSeconds: [0, 60, 60], deactivateAfterSeconds: 30 };
    const { webhookId } = await value(hooks.webhooks.register({ url, events: ["memory.updated"], retryConfig }));
    await value(hooks.publish({ event: "memory.updated", payload: {} }));
    await value(hooks.worker().runUntilIdle());
    const [delivery] = (await value(hooks.deliveries.list())).items;
    expect(delivery).toMatchObject({ state: "exhausted", attempts: 3 });
    expect(await value(hooks.webhooks.health(webhookId))).toMatchObject({ failingSince: null, deactivatesAt: null });
    expect(await value(hooks.webhooks.get(webhookId))).toMatchObject({ active: true });
    expect(http.requests).toHaveLength(0);
    const levels = logger.entries.filter(({ message }) => message === "delivery attempt failed");
    expect(levels.map(({ level }) => level)).toEqual(["error", "error", "error"]);

    isAway = false;
    await value(hooks.deliveries.replay({}));
    await value(hooks.worker().runUntilIdle());
    expect(http.requests).toHaveLength(1);
  });

  it("ends no webhook's time to recover: one that has failed before is deactivated by its next failure alone", async () => {
    let isAway = false;
    const away = () => errAsync(signingFailed("the key service is away"));
    const signer: Signer = {
      ...inProcessSigner,
      keyFor: (key) => (content) => (isAway ? away() : inProcessSigner.keyFor(key)(content)),
    };
    const clock = createFakeClock();
    const hooks = await openHooks({ storage: create(), signer, clock, http: scriptedHttpClient(() => 500) });
    const retryConfig = { maxRetries: 1, deactivateAfterSeconds: 30 };
    const { webhookId } = await value(hooks.webhooks.register({ url, events: ["memory.updated"], retryConfig }));
    for (const isAwayNow of [false, true, false]) {
      isAway = isAwayNow;
      expect(await value(hooks.webhooks.get(webhookId))).toMatchObject({ active: true });
      await value(hooks.publish({ event: "memory.updated", payload: {} }));
      await value(hooks.worker().runUntilIdle());
      clock.advance(31_000);
    }
    expect(await value(hooks.webhooks.get(webhookId))).toMatchObject({ active: false });
  });
});
