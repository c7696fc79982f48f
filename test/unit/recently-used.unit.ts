import { describe, expect, it } from "vitest";
import { createRecentlyUsed } from "../../src/application/webhooks/recently-used.ts";

describe("what was used last", () => {
  it("is remembered as long as it fits, however often one of its values is replaced", () => {
    const remembered = createRecentlyUsed<number>(2, () => 1);
    remembered.set("kept", 0);
    for (let version = 1; version <= 10; version += 1) remembered.set("replaced", version);
    expect([remembered.get("kept"), remembered.get("replaced")]).toEqual([0, 10]);
  });

  it("is forgotten once two generations of what was used since weigh more", () => {
    const remembered = createRecentlyUsed<number>(2, () => 1);
    for (const key of ["a", "b", "c", "d", "e"]) remembered.set(key, 1);
    expect(["a", "b", "c", "d", "e"].filter((key) => remembered.get(key) !== undefined)).toEqual(["c", "d", "e"]);
  });

  it("is forgotten when everything is, and what comes then is remembered as if it were the first", () => {
    const remembered = createRecentlyUsed<number>(2, () => 1);
    const keys = ["a", "b", "c", "d"];
    for (const key of keys) remembered.set(key, 1);
    remembered.clear();
    expect(keys.filter((key) => remembered.get(key) !== undefined)).toEqual([]);
    for (const key of ["a", "b"]) remembered.set(key, 2);
    expect(["a", "b"].map((key) => remembered.get(key))).toEqual([2, 2]);
  });
});
