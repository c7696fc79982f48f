import { describe, expect, it } from "vitest";
import {
  ed25519Signature,
  formatKeyPair,
  isPublicKey,
  readKeyPair,
  signedContent,
} from "../../src/domain/signing/index.ts";

const published = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";

describe("the signature of v1a", () => {
  it("is the published one", () => {
    const { privateKey, publicKey } = readKeyPair(published)._unsafeUnwrap();
    const content = signedContent({
      messageId: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestampSeconds: 1614265330,
      body: '{"test": 2432232314}',
    });
    expect(ed25519Signature(content, privateKey).toString("base64")).toBe(
      "hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
    );
    expect(publicKey).toBe("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=");
  });
});

describe("a private key", () => {
  it("is written as it is read", () => {
    const seed = Buffer.from(published.slice("whsk_".length), "base64").subarray(0, 32);
    expect(formatKeyPair(seed)).toBe(published);
  });

  it.each([
    ["nothing", undefined],
    ["a secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    ["a public key", "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="],
    ["a seed alone", `whsk_${Buffer.alloc(32).toString("base64")}`],
    [
      "longer than a seed and its public key",
      `whsk_${Buffer.concat([Buffer.from(published.slice(5), "base64"), Buffer.alloc(1)]).toString("base64")}`,
    ],
    ["without its padding", published.replace(/=+$/, "")],
    ["in base64url", published.replaceAll("/", "_")],
    ["with white space", `${published}\n`],
  ])("is refused if it is %s", (_, text) => {
    const { type, field } = readKeyPair(text)._unsafeUnwrapErr();
    expect({ type, field }).toEqual({ type: "InvalidInput", field: "keyPair" });
  });

  it("is refused with the public key of another, and the error shows neither", () => {
    const [seed, other] = [1, 2].map((byte) => Buffer.alloc(32, byte));
    const half = Buffer.from(formatKeyPair(other ?? Buffer.alloc(0)).slice("whsk_".length), "base64").subarray(32);
    const mixed = `whsk_${Buffer.concat([seed ?? Buffer.alloc(0), half]).toString("base64")}`;
    const { message } = readKeyPair(mixed)._unsafeUnwrapErr();
    expect(message).toBe(
      "keyPair must contain the public key that belongs to its seed; received a string of 93 characters",
    );
  });
});

describe("a public key", () => {
  it("is whpk_ and the base64 of 32 bytes, no more and no less", () => {
    const { publicKey } = readKeyPair(published)._unsafeUnwrap();
    const ofLength = (bytes: number) => `whpk_${Buffer.alloc(bytes).toString("base64")}`;
    expect([publicKey, ofLength(32)].map(isPublicKey)).toEqual([true, true]);
    const others = [...[0, 31, 33, 64].map(ofLength), published, publicKey.slice(5), publicKey.slice(0, -1), undefined];
    expect(others.filter(isPublicKey)).toEqual([]);
  });
});
