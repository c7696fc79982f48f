import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { formatWhsec, secretKeyBytes, signBody, signPayload, verifyPayload } from "../../src/domain/signing/index.ts";
import vectors from "../vectors/signatures.json" with { type: "json" };
import { standardWebhooksSignature } from "../support/standard-webhooks-signature.ts";

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => 255 - index);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("the kemi signature", () => {
  it("is Python's, as recorded with sign_payload of the seed", () => {
    expect(vectors.kemi.length).toBeGreaterThan(200);
    for (const { text, secret, signature } of vectors.kemi) {
      expect(signPayload(JSON.parse(text), secret)._unsafeUnwrap(), text).toBe(signature);
    }
  });

  it("is HMAC-SHA256 in lower-case hex of the canonical bytes", () => {
    const expected = createHmac("sha256", "secret").update('{"a":"\\u00e9","b":1}').digest("hex");
    expect(signPayload({ b: 1, a: "é" }, "secret")._unsafeUnwrap()).toBe(expected);
    expect(signBody('{"a":"\\u00e9","b":1}', "secret")).toBe(expected);
  });

  it("takes the UTF-8 bytes of a body that is text", () => {
    expect(signBody("é", "")).toBe(signBody(utf8("é"), ""));
  });

  it("is refused for a payload that has no JSON form", () => {
    expect(signPayload({ at: Number.NaN }, "secret")._unsafeUnwrapErr()).toStrictEqual({
      type: "NotJson",
      path: "$.at",
      reason: "the number NaN has no JSON form",
      message: "$.at is not JSON: the number NaN has no JSON form",
    });
  });

  it("verifies over the raw body, as text or as bytes", () => {
    const signature = signPayload({ b: 1, a: "é" }, "secret")._unsafeUnwrap();
    const body = '{"a":"\\u00e9","b":1}';
    expect(verifyPayload(body, signature, "secret")).toBe(true);
    expect(verifyPayload(utf8(body), signature, "secret")).toBe(true);
    expect(verifyPayload(`${body} `, signature, "secret")).toBe(false);
    expect(verifyPayload(body, signature, "Secret")).toBe(false);
  });

  const right = signBody("{}", "secret");
  it.each([
    ["nothing", undefined],
    ["null", null],
    ["empty text", ""],
    ["too short", right.slice(1)],
    ["too long", `${right}0`],
    ["surrounded by space", ` ${right.slice(1)}`],
    ["upper case", right.toUpperCase()],
    ["of as many characters but more bytes", "é".repeat(64)],
    ["of as many bytes", "é".repeat(32)],
    ["a lone surrogate", "\uD800".repeat(64)],
    ["a number", 64],
    ["a list of the right one", [right]],
    ["bytes of the right one", utf8(right)],
    ["a boxed right one", Object(right)],
    ["an object that throws when it is converted", { toString: () => expect.unreachable() }],
  ])("does not verify, and does not throw, if it is %s", (_, signature: unknown) => {
    expect(verifyPayload("{}", signature, "secret")).toBe(false);
  });
});

describe("the Standard Webhooks signature", () => {
  const published = {
    messageId: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestampSeconds: 1614265330,
    body: '{"test": 2432232314}',
  };
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  it("is the published one for the published message", () => {
    expect(standardWebhooksSignature({ ...published, secrets: [secret] })).toBe(
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    );
  });

  it("is Python's, as recorded, for whsec_ secrets and for any other", () => {
    for (const { signature, secret: one, ...message } of vectors.standardWebhooks) {
      expect(standardWebhooksSignature({ ...message, secrets: [one] }), one).toBe(signature);
    }
  });

  it("signs once with each secret, in the order they are given", () => {
    const [first, second] = ["new secret", secret].map((one) =>
      standardWebhooksSignature({ ...published, secrets: [one] }),
    );
    expect(standardWebhooksSignature({ ...published, secrets: ["new secret", secret] })).toBe(`${first} ${second}`);
  });

  it("is empty without a secret", () => {
    expect(standardWebhooksSignature({ ...published, secrets: [] })).toBe("");
  });

  it("is the same for a body as text and as bytes", () => {
    const text = { ...published, body: "é", secrets: [secret] };
    expect(standardWebhooksSignature({ ...text, body: utf8("é") })).toBe(standardWebhooksSignature(text));
  });
});

describe("a secret's key", () => {
  it.each([24, 25, 26, 64])("is the %d bytes behind whsec_", (length) => {
    expect(new Uint8Array(secretKeyBytes(formatWhsec(bytes(length))))).toStrictEqual(bytes(length));
  });

  it.each([
    ["empty text", ""],
    ["free text", "clé-ключ-🔑"],
    ["base64 without the prefix", formatWhsec(bytes(24)).slice("whsec_".length)],
    ["the prefix elsewhere", ` ${formatWhsec(bytes(24))}`],
    ["another prefix as long", formatWhsec(bytes(24)).replace("whsec_", "secret")],
    ["the prefix alone", "whsec_"],
    ["23 bytes", formatWhsec(bytes(23))],
    ["65 bytes", formatWhsec(bytes(65))],
    ["base64 without its padding", formatWhsec(bytes(25)).slice(0, -2)],
    ["base64 with a space before it", `whsec_ ${"A".repeat(32)}`],
    ["base64 with a line break after it", `whsec_${"A".repeat(32)}\n`],
    ["the URL alphabet", `whsec_${"-_".repeat(16)}`],
    ["padding inside", `whsec_AA==${"A".repeat(32)}`],
  ])("is the secret's own UTF-8 bytes for %s", (_, secret) => {
    expect(new Uint8Array(secretKeyBytes(secret))).toStrictEqual(utf8(secret));
  });
});

describe("formatWhsec", () => {
  it("is whsec_ and the padded base64 of the bytes", () => {
    expect(formatWhsec(new Uint8Array([0xfb, 0xff, 0xfe, 0]))).toBe("whsec_+//+AA==");
  });
});
