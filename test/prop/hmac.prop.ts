import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { hmacSha256, type Hmac } from "../../src/verify/hmac.ts";

const throws = () => {
  throw new Error("A Node.js API is used which is not supported in the Edge Runtime");
};

const runtimes = [
  ["lends its own crypto", process],
  ["has a process of another kind, such as a bundler's", {}],
  ["has no process", undefined],
  ["does not lend this module", { getBuiltinModule: () => undefined }],
  ["throws when it is asked, as Next.js' does at the edge", { getBuiltinModule: throws }],
  ["lends a crypto without HMACs", { getBuiltinModule: () => ({ createHmac: throws }) }],
  ["lends something else", { getBuiltinModule: () => ({}) }],
  ["lends null", { getBuiltinModule: () => null }],
  ["has something else by that name", { getBuiltinModule: {} }],
] as const;

describe("hmacSha256", () => {
  it.each(runtimes)("is the same in a runtime that %s", async (_, standIn) => {
    /** Replaces `process` only while the HMAC is made: others need the real one. */
    function hmacIn(key: Uint8Array<ArrayBuffer>): Hmac {
      vi.stubGlobal("process", standIn);
      try {
        return hmacSha256(key);
      } finally {
        vi.unstubAllGlobals();
      }
    }

    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.uint8Array(), async (key, content) => {
        const expected = new Uint8Array(createHmac("sha256", key).update(content).digest());
        expect(new Uint8Array(await hmacIn(new Uint8Array(key))(new Uint8Array(content)))).toEqual(expected);
      }),
    );
  });
});
