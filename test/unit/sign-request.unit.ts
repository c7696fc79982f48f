import { err, errAsync, ok, okAsync } from "neverthrow";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { describe, expect, it } from "vitest";
import { inProcessSigner } from "../../src/adapters/system/index.ts";
import type { RequestSettings } from "../../src/application/deliveries/request-settings.ts";
import { createSignRequest, type Target, type UnsignedMessage } from "../../src/application/deliveries/sign-request.ts";
import {
  DEFAULT_SCHEMES,
  ed25519Signature,
  formatKeyPair,
  readKeyPair,
  signBody,
  signedContent,
} from "../../src/domain/signing/index.ts";
import type { Signer } from "../../src/ports/signer.ts";
import { standardWebhooksSignature } from "../support/standard-webhooks-signature.ts";

const settings: RequestSettings = {
  userAgent: "ua/1",
  contentType: "application/json",
  signatureHeader: "X-Sig",
  headerPrefix: "webhook-",
  timeoutSeconds: 7,
};
const keyPairs = [1, 2].map((byte) => formatKeyPair(new Uint8Array(32).fill(byte)));
const target: Target = {
  ...{ webhookId: "w", url: "https://a.example/", schemes: DEFAULT_SCHEMES, headers: {} },
  ...{ secret: "new", signing: ["new", "old"], keyPairs },
};
const message: UnsignedMessage = { messageId: "m-1", body: new TextEncoder().encode('{"a":1}'), now: 1_999 };
const content = { messageId: "m-1", timestampSeconds: 1, body: message.body };
const v1 = standardWebhooksSignature({ ...content, secrets: ["new", "old"] });
const v1a = keyPairs.map((keyPair) => {
  const { privateKey } = readKeyPair(keyPair)._unsafeUnwrap();
  return `v1a,${ed25519Signature(signedContent(content), privateKey).toString("base64")}`;
});

async function signed(changes: Partial<Target> = {}, changedSettings: Partial<RequestSettings> = {}, signer?: Signer) {
  const sign = createSignRequest(
    { ...settings, ...changedSettings },
    { ...target, ...changes },
    signer ?? inProcessSigner,
  );
  return (await sign(message))._unsafeUnwrap();
}

describe("createSignRequest", () => {
  it("signs the body with the newest secret for kemi, and with all secrets for Standard Webhooks", async () => {
    const { url, headers, body, timeoutSeconds } = await signed();
    expect([url, Buffer.from(body).toString(), timeoutSeconds]).toEqual([target.url, '{"a":1}', 7]);
    expect(headers).toEqual({
      "Content-Type": "application/json",
      "User-Agent": "ua/1",
      "X-Sig": signBody(message.body, "new"),
      "webhook-id": "m-1",
      // Whole seconds, rounded down: a receiver must not see a time that is still to come.
      "webhook-timestamp": "1",
      "webhook-signature": v1,
    });
  });

  it("signs by the schemes that the webhook has, and by no others", async () => {
    const bySchemes = async (schemes: Target["schemes"]) => {
      const { headers } = await signed({ schemes });
      return [headers["X-Sig"], headers["webhook-signature"]];
    };
    const kemi = signBody(message.body, "new");
    expect(await bySchemes(["kemi"])).toEqual([kemi, undefined]);
    expect(await bySchemes(["v1"])).toEqual([undefined, v1]);
    expect(await bySchemes(["v1a"])).toEqual([undefined, v1a.join(" ")]);
    expect(await bySchemes(["kemi", "v1", "v1a"])).toEqual([kemi, `${v1} ${v1a.join(" ")}`]);
  });

  it("names the three headers with the prefix that the settings give", async () => {
    const { headers } = await signed({ schemes: ["v1"] }, { headerPrefix: "svix-" });
    expect(headers).toMatchObject({ "svix-id": "m-1", "svix-timestamp": "1", "svix-signature": v1 });
    expect(Object.keys(headers).filter((name) => name.startsWith("webhook-"))).toEqual([]);
  });

  it("is read by Svix's library with the prefix webhook- or svix-, by standardwebhooks with webhook- alone", async () => {
    const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
    const text = Buffer.from(message.body).toString();
    const readers = { svix: new SvixWebhook(secret), standard: new StandardWebhook(secret) };
    const readBy = async (reader: keyof typeof readers, headerPrefix: string) => {
      const sign = createSignRequest({ ...settings, headerPrefix }, { ...target, signing: [secret] }, inProcessSigner);
      const { headers } = (await sign({ ...message, now: Date.now() }))._unsafeUnwrap();
      return () => readers[reader].verify(text, headers);
    };
    for (const prefix of ["webhook-", "svix-"]) expect((await readBy("svix", prefix))()).toEqual({ a: 1 });
    expect((await readBy("standard", "webhook-"))()).toEqual({ a: 1 });
    expect(await readBy("standard", "svix-")).toThrow("Missing required headers");
  });

  it("a webhook's own header replaces a default, whatever its case, and no header is sent twice", async () => {
    const { headers } = await signed({ headers: { "user-AGENT": "own/2", "content-type": "text/json", "x-a": "1" } });
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    expect(headers).toMatchObject({ "user-AGENT": "own/2", "content-type": "text/json", "x-a": "1" });
  });

  it("a webhook's own header never replaces a signature, not even one whose header was named later", async () => {
    const own = { "x-sig": "forged", "Webhook-Id": "forged", "webhook-SIGNATURE": "forged", "x-a": "1" };
    for (const schemes of [DEFAULT_SCHEMES, ["kemi"], ["v1"]] as const) {
      const { headers } = await signed({ headers: own, schemes });
      expect(headers["x-a"]).toBe("1");
      expect(Object.values(headers)).not.toContain("forged");
    }
  });
});

describe("a signer of the application's own", () => {
  const byName: Signer = {
    keyFor:
      ({ scheme, secret }) =>
      (bytes) =>
        okAsync(Buffer.from(`${scheme} ${secret} ${bytes.length}`)),
    publicKeyOf: () => okAsync("whpk_"),
  };

  it("gets each key once and the content to sign, and what it answers is sent", async () => {
    const { headers } = await signed({ schemes: ["kemi", "v1"] }, {}, byName);
    const length = signedContent(content).length;
    expect(headers["X-Sig"]).toBe(Buffer.from(`kemi new ${message.body.length}`).toString("hex"));
    expect(headers["webhook-signature"]).toBe(
      ["new", "old"].map((secret) => `v1,${Buffer.from(`v1 ${secret} ${length}`).toString("base64")}`).join(" "),
    );
  });

  it("may answer at once or later, and its failure is the request's", async () => {
    const failed = { type: "SigningFailed", message: "no such key" } as const;
    const failing = [() => err(failed), () => errAsync(failed)];
    for (const sign of failing) {
      const mixed: Signer = {
        keyFor: ({ scheme }) => (scheme === "v1" ? sign : () => ok(new Uint8Array(32))),
        publicKeyOf: () => okAsync("whpk_"),
      };
      expect((await createSignRequest(settings, target, mixed)(message))._unsafeUnwrapErr()).toEqual(failed);
    }
  });
});
