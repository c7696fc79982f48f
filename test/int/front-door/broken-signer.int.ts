import { errAsync, okAsync, ResultAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { inProcessSigner } from "../../../src/adapters/system/index.ts";
import type { InvalidInput } from "../../../src/domain/invalid-input.ts";
import { formatKeyPair, readKeyPair } from "../../../src/domain/signing/index.ts";
import type { Signer, SigningFailed } from "../../../src/ports/signer.ts";
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
