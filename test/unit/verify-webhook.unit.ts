import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { formatWhsec, signBody } from "../../src/domain/signing/index.ts";
import type { Verification, VerifyInput } from "../../src/verify/index.ts";
import { standardWebhooksSignature } from "../support/standard-webhooks-signature.ts";

// The vectors that Standard Webhooks and Svix publish.
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const publicKey = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
const messageId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const timestamp = 1614265330;
const body = '{"test": 2432232314}';
const v1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const v1a = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
const now = timestamp * 1000;
const payload = new TextEncoder().encode(body);
const right = { ok: true, messageId, timestamp, payload };

let verifyWebhook: (input: VerifyInput) => Promise<Verification>;

/** The module remembers keys, so each runtime imports it anew. */
function inRuntime(lendsItsCrypto: boolean): void {
  beforeAll(async () => {
    if (!lendsItsCrypto) vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
    vi.resetModules();
    ({ verifyWebhook } = await import("../../src/verify/index.ts"));
  });
  afterAll(() => void vi.restoreAllMocks());
}

const runtimes = [
  ["with the runtime's own crypto", true],
  ["with Web Crypto alone", false],
] as const;

function headers(signature: string, others: Readonly<Record<string, string>> = {}) {
  return { "webhook-id": messageId, "webhook-timestamp": `${timestamp}`, "webhook-signature": signature, ...others };
}

function verify(input: Partial<VerifyInput>) {
  return verifyWebhook({ secret, headers: headers(v1), body, now, ...input });
}

async function reasonOf(input: Partial<VerifyInput>): Promise<string> {
  const verification = await verify(input);
  return verification.ok ? `matched by ${verification.scheme}` : verification.reason;
}

describe.each(runtimes)("verifyWebhook, %s,", (_, lendsItsCrypto) => {
  inRuntime(lendsItsCrypto);

  it("takes the published vectors", async () => {
    expect(await verify({})).toEqual({ ...right, scheme: "v1" });
    expect(await verify({ secret: undefined, publicKey, headers: headers(v1a) })).toEqual({ ...right, scheme: "v1a" });
  });

  it("takes signatures that come in several lines, whichever of them is right", async () => {
    const wrong = `v1,${Buffer.alloc(32).toString("base64")}`;
    for (const lines of [
      [v1, wrong],
      [wrong, v1],
      [`${wrong} ${wrong}`, v1, wrong],
    ]) {
      expect(await verify({ headers: { ...headers(""), "webhook-signature": lines } })).toMatchObject(right);
      const appended = new Headers(headers(""));
      appended.delete("webhook-signature");
      for (const line of lines) appended.append("webhook-signature", line);
      expect(await verify({ headers: appended })).toMatchObject(right);
    }
  });

  it("joins the values of a header that came in several lines, as fetch's Headers do", async () => {
    const webhookId = ["a", "b"];
    const joined = { messageId: webhookId.join(", "), timestampSeconds: timestamp, body, secrets: [secret] };
    const lines = { ...headers(standardWebhooksSignature(joined)), "webhook-id": webhookId };
    expect(await verify({ headers: lines })).toMatchObject({ ok: true, messageId: "a, b" });
  });

  it("takes text, bytes and a buffer for the body, and gives the bytes that were signed", async () => {
    for (const raw of [
      body,
      payload,
      Buffer.from(body),
      payload.slice().buffer,
      Buffer.from(` ${body} `).subarray(1, -1),
    ]) {
      expect(await verify({ body: raw })).toEqual({ ...right, scheme: "v1" });
    }
    for (const given of [Buffer.from(body), payload.slice().buffer]) {
      const verifying = verify({ body: given });
      new Uint8Array(given instanceof ArrayBuffer ? given : given.buffer).fill(0);
      expect(await verifying, "what comes to the given bytes later is not in it").toEqual({ ...right, scheme: "v1" });
    }
  });

  it("takes bytes of another realm, such as a test environment's or a frame's", async () => {
    for (const made of ["new Uint8Array(from)", "new Uint8Array(from).buffer"]) {
      const input: object = { body: runInNewContext(made, { from: [...payload] }) };
      expect(await verify(input), made).toEqual({ ...right, scheme: "v1" });
    }
  });

  it("takes fetch's Headers, Node's headers, and the prefixes webhook- and svix-, whatever the case", async () => {
    const shapes = [
      new Headers(headers(v1)),
      { "Webhook-ID": messageId, "WEBHOOK-TIMESTAMP": `${timestamp}`, "Webhook-Signature": [v1] },
      { "svix-id": messageId, "svix-timestamp": `${timestamp}`, "Svix-Signature": v1 },
    ];
    for (const shape of shapes) expect(await verify({ headers: shape })).toEqual({ ...right, scheme: "v1" });
  });

  it("takes one valid signature among wrong ones and unknown versions", async () => {
    const wrong = standardWebhooksSignature({ messageId, timestampSeconds: timestamp, body, secrets: ["other"] });
    expect(await reasonOf({ headers: headers(`${wrong} v2,AAAA v1,Zm9v ${v1}`) })).toBe("matched by v1");
    expect(await reasonOf({ publicKey, headers: headers(`${wrong} ${v1a}`) })).toBe("matched by v1a");
  });

  it("takes a secret that has a key's prefix somewhere within", async () => {
    const text = "our-whsk_secret";
    const signature = standardWebhooksSignature({ messageId, timestampSeconds: timestamp, body, secrets: [text] });
    expect(await reasonOf({ secret: text, headers: headers(signature) })).toBe("matched by v1");
  });

  it("takes several secrets or public keys, as while the receiver changes over", async () => {
    expect(await reasonOf({ secret: ["other", secret] })).toBe("matched by v1");
    expect(await reasonOf({ secret: undefined, publicKey: [otherKey, publicKey], headers: headers(v1a) })).toBe(
      "matched by v1a",
    );
  });

  it("takes a timestamp that is off by the tolerance, either way, but not by a second more", async () => {
    const at = (seconds: number) => reasonOf({ now: (timestamp + seconds) * 1000 });
    expect([await at(300), await at(-300)]).toEqual(["matched by v1", "matched by v1"]);
    expect([await at(301), await at(-301)]).toEqual(["timestamp-too-old", "timestamp-too-new"]);
    expect(await reasonOf({ toleranceSeconds: 301, now: new Date((timestamp + 301) * 1000) })).toBe("matched by v1");
    expect(await reasonOf({ now: undefined })).toBe("timestamp-too-old");
  });

  it("takes the kemi header if no other came, and says that it vouches for the body alone", async () => {
    const text = "shared secret";
    const kemi = { "X-Kemi-Signature": signBody(body, text) };
    const matched = { ok: true, scheme: "kemi", messageId: null, timestamp: null, payload };
    expect(await verify({ secret: text, headers: kemi })).toEqual(matched);
    const own = { "X-Own": signBody(body, secret) };
    expect(await verify({ headers: own, kemiHeader: "X-OWN" }), "keyed with the text of the secret").toEqual(matched);
    expect(await reasonOf({ headers: kemi })).toBe("signature-mismatch");
    // If the request had both, somebody may have removed the headers that say when it was made.
    expect(await reasonOf({ secret: text, headers: kemi, schemes: ["v1", "v1a"] })).toBe("missing-signature");
    // If a signature of Standard Webhooks came too, that counts.
    expect(await reasonOf({ secret: text, headers: { ...kemi, ...headers(v1) } })).toBe("signature-mismatch");
  });

  it("takes the kemi header beside an id and a timestamp that nothing signs, and vouches for neither", async () => {
    const unsigned = { ...headers(""), "X-Kemi-Signature": signBody(body, secret) };
    const matched = { ok: true, scheme: "kemi", messageId: null, timestamp: null, payload };
    expect(await verify({ headers: unsigned })).toEqual(matched);
    expect(await verify({ headers: unsigned, schemes: ["kemi"] })).toEqual(matched);
    expect(await reasonOf({ headers: unsigned, schemes: ["v1"] })).toBe("missing-signature");
    expect(await reasonOf({ headers: unsigned, secret: undefined, publicKey })).toBe("no-key");
  });
});

const otherKey = "whpk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=";
const without = (name: string) => Object.fromEntries(Object.entries(headers(v1)).filter(([other]) => other !== name));

const withKemi = headers("v1,Zm9v", { "x-kemi-signature": signBody(body, secret) });

const refusals: readonly (readonly [what: string, input: object, reason: string])[] = [
  ["v1 without a signature", { headers: headers("v1,") }, "signature-mismatch"],
  ["a signature without its version", { headers: headers(v1.slice(3)) }, "no-known-signature"],
  ["a truncated signature", { headers: headers(v1.slice(0, -8)) }, "signature-mismatch"],
  ["a signature without its padding", { headers: headers(v1.slice(0, -1)) }, "signature-mismatch"],
  ["a signature with something behind it", { headers: headers(`${v1},x`) }, "no-known-signature"],
  ["another signature", { headers: headers(`v1,${Buffer.alloc(32).toString("base64")}`) }, "signature-mismatch"],
  ["an unknown version alone", { headers: headers(v1.replace("v1", "v2")) }, "no-known-signature"],
  ["a v1 signature under v1a", { publicKey, headers: headers(v1.replace("v1", "v1a")) }, "signature-mismatch"],
  ["v1a alone where there is a secret alone", { headers: headers(v1a) }, "no-known-signature"],
  ["v1 alone where there is a public key alone", { secret: undefined, publicKey }, "no-known-signature"],
  ["another's v1a", { secret: undefined, publicKey: otherKey, headers: headers(v1a) }, "signature-mismatch"],
  ["a scheme that is not to be taken", { publicKey, schemes: ["v1a"] }, "no-known-signature"],
  ["v1a where v1 alone is to be taken", { publicKey, schemes: ["v1"], headers: headers(v1a) }, "no-known-signature"],
  ["kemi beside a signature, without v1", { schemes: ["v1a", "kemi"], headers: withKemi }, "no-known-signature"],
  ["kemi beside a signature, without v1a", { schemes: ["v1", "kemi"], headers: withKemi }, "signature-mismatch"],
  ["schemes as text, of which v1 is a part", { schemes: "v1a" }, "invalid-input"],
  ["no webhook-id", { headers: without("webhook-id") }, "missing-id"],
  ["no webhook-timestamp", { headers: without("webhook-timestamp") }, "missing-timestamp"],
  ["no webhook-signature", { headers: without("webhook-signature") }, "missing-signature"],
  ["no header at all", { headers: {} }, "missing-signature"],
  ["headers that are none", { headers: null }, "missing-signature"],
  ["headers as text", { headers: "webhook-id: 1" }, "missing-signature"],
  ["a timestamp that is no number", { headers: headers(v1, { "webhook-timestamp": "soon" }) }, "invalid-timestamp"],
  [
    "a timestamp with a fraction",
    { headers: headers(v1, { "webhook-timestamp": "1614265330.0" }) },
    "invalid-timestamp",
  ],
  ["a negative timestamp", { headers: headers(v1, { "webhook-timestamp": "-1" }) }, "invalid-timestamp"],
  ["another id", { headers: headers(v1, { "webhook-id": "msg_2" }) }, "signature-mismatch"],
  ["another timestamp", { headers: headers(v1, { "webhook-timestamp": "1614265331" }) }, "signature-mismatch"],
  ["another body", { body: `${body} ` }, "signature-mismatch"],
  ["a body that was parsed", { body: { test: 1 } }, "body-not-raw"],
  ["no body", { body: undefined }, "body-not-raw"],
  ["another secret", { secret: formatWhsec(new Uint8Array(32)) }, "signature-mismatch"],
  ["no key", { secret: undefined }, "no-key"],
  ["an empty secret, such as of a variable that is not set", { secret: "" }, "no-key"],
  ["a secret that is no text", { secret: 7 }, "no-key"],
  [
    "a public key for a secret, which would be an HMAC by what everybody knows",
    { secret: publicKey },
    "invalid-secret",
  ],
  ["a sender's private key", { secret: "whsk_AAAA" }, "invalid-secret"],
  [
    "a public key of another form",
    { secret: undefined, publicKey: "whpk_AA==", headers: headers(v1a) },
    "invalid-public-key",
  ],
  ["a secret for a public key", { secret: undefined, publicKey: secret, headers: headers(v1a) }, "invalid-public-key"],
  ["a tolerance that is no number", { toleranceSeconds: Number.NaN }, "timestamp-too-old"],
  ["a time that is none", { now: new Date(Number.NaN) }, "timestamp-too-old"],
  [
    "an object that throws when it is read",
    {
      get headers(): never {
        throw new Error("no");
      },
    },
    "invalid-input",
  ],
];

describe.each(runtimes)("verifyWebhook, %s, refuses", (_, lendsItsCrypto) => {
  inRuntime(lendsItsCrypto);

  it.each(refusals)("%s", async (_what, input, reason) => {
    const given = { secret, headers: headers(v1), body, now };
    // JavaScript may pass what the types forbid.
    const verification = await Reflect.apply(verifyWebhook, null, [
      Object.defineProperties(given, Object.getOwnPropertyDescriptors(input)),
    ]);
    expect(verification).toEqual({ ok: false, reason });
  });

  it.each([undefined, null, 7, "text"])("%s for an input, without throwing", async (input) => {
    expect(await Reflect.apply(verifyWebhook, null, [input])).toMatchObject({ ok: false });
  });
});
