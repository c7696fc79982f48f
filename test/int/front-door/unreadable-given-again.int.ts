import { describe, expect, it } from "vitest";
import { formatKeyPair, formatWhsec } from "../../../src/domain/signing/index.ts";
import { aesGcmCipher } from "../../../src/index.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { verifyWebhook } from "../../../src/verify/index.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";

const event = "memory.updated";
const bytes = new Uint8Array(32).fill(1);
const kept = {
  secret: formatWhsec(bytes),
  keyPair: formatKeyPair(bytes),
  headers: { authorization: "Bearer of-the-webhook" },
};
const cipherOf = (current: string) =>
  aesGcmCipher({ current, keys: { [current]: new Uint8Array(32).fill(current.charCodeAt(0)) } })._unsafeUnwrap();

describe.each(storages)("a webhook whose secrets are under a key that is lost, on $name", ({ create }) => {
  it("sends again, signed by all of them, once the same ones are given again", async () => {
    const storage = create();
    const before = await openHooks({ storage, cipher: cipherOf("a") });
    const { publicKey } = await value(
      before.webhooks.register({ webhookId: "w", url: "http://127.0.0.1:9/hook", events: [event], ...kept }),
    );
    await value(before.close());

    const [http, clock] = [scriptedHttpClient(), createFakeClock({ autoAdvance: true })];
    const hooks = await openHooks({ storage, cipher: cipherOf("b"), http, clock });
    expect((await hooks.webhooks.get("w"))._unsafeUnwrapErr()).toMatchObject({ reason: "secrets" });
    const changed = await value(hooks.webhooks.update("w", kept));
    expect(changed).toMatchObject({ publicKey, schemes: ["kemi", "v1", "v1a"] });
    await value(hooks.dispatch({ event, payload: {} }));
    const [request] = http.requests;
    if (request === undefined) throw new Error("nothing was sent");
    const { headers, body } = request;
    expect(headers).toMatchObject(kept.headers);
    for (const key of [{ secret: kept.secret }, { publicKey: publicKey ?? "" }])
      expect(await verifyWebhook({ ...key, headers, body, now: clock.now() })).toMatchObject({ ok: true });
  });
});
