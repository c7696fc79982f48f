import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import type { SecretCipher } from "../../../src/index.ts";
import type { CipherFailed, SecretPlace } from "../../../src/ports/secret-cipher.ts";
import { failure, openHooks, storages, value } from "../../support/open-hooks.ts";

const url = "http://127.0.0.1:9/hook";
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** A cipher that writes the place beside the value, and reads the value only in that place, compared as a whole. */
function placing(places: SecretPlace[]): SecretCipher {
  const sealed = (text: string, place: SecretPlace) => JSON.stringify([text, place]);
  return {
    keyId: "a",
    encrypt(text, place) {
      places.push(place);
      return okAsync({ keyId: "a", value: sealed(text, place) });
    },
    decrypt(encrypted, place) {
      places.push(place);
      const [text]: readonly string[] = JSON.parse(encrypted.value);
      if (text !== undefined && encrypted.value === sealed(text, place)) return okAsync(text);
      return errAsync({ type: "CipherFailed", retryable: false, message: "it was moved" });
    },
  };
}

/** What JavaScript may answer, whatever the port says. */
function answerOf<T>(json: string): ResultAsync<T, CipherFailed> {
  const answer: T = JSON.parse(json);
  return okAsync(answer);
}

function errorOf<T>(json: string): ResultAsync<T, CipherFailed> {
  const error: CipherFailed = JSON.parse(json);
  return errAsync(error);
}

const noEncryptedValue = [
  "null",
  '"sealed"',
  "{}",
  '{ "keyId": "a", "ciphertext": "sealed" }',
  '{ "keyId": "a", "value": 7 }',
];
const noText = ["null", "7", '{ "text": "sealed" }'];
const noError = [
  "null",
  '"down"',
  '{ "type": "CipherFailed" }',
  '{ "type": "Other", "message": "m", "retryable": true }',
];

describe.each(storages)("an application's own cipher, on $name", ({ create }) => {
  it("is told the place of a value and nothing else of its row: it may pass the place on, or log it", async () => {
    const places: SecretPlace[] = [];
    const hooks = await openHooks({ storage: create(), cipher: placing(places) });
    const headers = { authorization: "Bearer of the headers" };
    const webhook = await value(hooks.webhooks.register({ webhookId: "w", url, events: [], secret, headers }));
    expect({ secret: webhook.secret, headers: webhook.headers }).toEqual({ secret, headers });
    expect(places).toHaveLength(4);
    for (const place of places) expect(Object.keys(place).sort()).toEqual(["kind", "secretId", "webhookId"]);
  });

  it.each(noEncryptedValue)(
    "has failed if it encrypts to %s, and nothing is stored: no plain text either",
    async (json) => {
      const adapter = create();
      const cipher: SecretCipher = { ...placing([]), encrypt: () => answerOf(json) };
      const hooks = await openHooks({ storage: adapter, cipher });
      expect(await failure(hooks.webhooks.register({ url, events: [], secret }))).toMatchObject({
        ...{ type: "StorageError", reason: "secrets", retryable: false },
        message: expect.stringContaining("the cipher did not answer with an encrypted value"),
      });
      expect(await value(hooks.ledger.readAll({ limit: 10 }))).toEqual([]);
    },
  );

  it.each(noText)("has failed if it decrypts to %s", async (json) => {
    const cipher: SecretCipher = { ...placing([]), decrypt: () => answerOf(json) };
    const hooks = await openHooks({ storage: create(), cipher });
    expect(await failure(hooks.webhooks.register({ url, events: [], secret }))).toMatchObject({
      ...{ type: "StorageError", reason: "secrets", retryable: false },
      message: expect.stringContaining("the cipher did not answer with a text"),
    });
  });

  it.each(noError)("has failed if its error is %s", async (json) => {
    const cipher: SecretCipher = { ...placing([]), encrypt: () => errorOf(json) };
    const hooks = await openHooks({ storage: create(), cipher });
    expect(await failure(hooks.webhooks.register({ url, events: [], secret }))).toMatchObject({
      ...{ type: "StorageError", reason: "secrets", retryable: false },
      message: expect.stringContaining("the cipher answered with a malformed error"),
    });
  });
});
