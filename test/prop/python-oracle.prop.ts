import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/domain/message/canonical-json.ts";
import { signPayload, verifyPayload } from "../../src/domain/signing/index.ts";
import { anyJson } from "../../src/testing/arbitraries/json-values.ts";
import { pythonIsPresent, startPythonOracle, type PythonOracle } from "../support/python-oracle.ts";
import canonicalVectors from "../vectors/canonical-json.json" with { type: "json" };
import signatureVectors from "../vectors/signatures.json" with { type: "json" };

const VALUES = 20_000;

const secrets = fc.oneof(
  fc.constant(""),
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.constantFrom("clé-ключ-鍵-🔑", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
);

function registerLiveComparison(): void {
  describe("Python, asked live", () => {
    let python: PythonOracle;
    beforeAll(() => {
      python = startPythonOracle();
    });
    afterAll(() => python.close());

    it(`agrees byte for byte on ${VALUES} random JSON values, signature included`, async () => {
      await fc.assert(
        fc.asyncProperty(anyJson, secrets, async (value, secret) => {
          const answer = await python.ask(JSON.stringify(value), secret);
          expect(canonicalJson(value)._unsafeUnwrap()).toBe(answer.canonical);
          expect(signPayload(value, secret)._unsafeUnwrap()).toBe(answer.signature);
        }),
        { numRuns: VALUES },
      );
    });

    it("reads our bytes and writes the same bytes again, with the same signature", async () => {
      await fc.assert(
        fc.asyncProperty(anyJson, secrets, async (value, secret) => {
          const sent = canonicalJson(value)._unsafeUnwrap();
          const answer = await python.ask(sent, secret);
          expect(answer.canonical).toBe(sent);
          expect(verifyPayload(sent, answer.signature, secret)).toBe(true);
        }),
        { numRuns: 2_000 },
      );
    });
  });
}

function registerRecordedComparison(): void {
  describe("Python, as recorded (python3 is not on the PATH, so it cannot be asked live)", () => {
    it("agrees byte for byte on every recorded canonical form", () => {
      for (const { text, canonical } of Object.values(canonicalVectors).flat()) {
        expect(canonicalJson(JSON.parse(text))._unsafeUnwrap()).toBe(canonical);
      }
    });

    it("agrees on every recorded signature", () => {
      for (const { text, secret, signature } of signatureVectors.kemi) {
        expect(signPayload(JSON.parse(text), secret)._unsafeUnwrap()).toBe(signature);
      }
    });
  });
}

if (pythonIsPresent()) registerLiveComparison();
else registerRecordedComparison();
