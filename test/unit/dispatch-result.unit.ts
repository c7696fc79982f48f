import { describe, expect, it } from "vitest";
import { describeFailure } from "../../src/application/messages/dispatch-result.ts";

describe("describeFailure", () => {
  it("says `HTTP {status}: {excerpt}`, or what the transport said", () => {
    expect(describeFailure({ kind: "status", statusCode: 500 }, "text")).toBe("HTTP 500: text");
    expect(describeFailure({ kind: "status", statusCode: 500 }, null)).toBe("HTTP 500: ");
    expect(describeFailure({ kind: "forbidden", message: "no way" }, null)).toBe("no way");
  });
});
