import { describe, expect, it } from "vitest";
import { standardWebhooksSchedule } from "../../src/domain/retry/index.ts";
import { simulateDelivery, timedOut } from "../../src/testing/index.ts";

const hours = 3600;

describe("simulateDelivery", () => {
  it("tells when each attempt is made by the retry config", () => {
    const { attempts, status } = simulateDelivery({}, () => 500)._unsafeUnwrap();
    expect(attempts.map(({ afterSeconds }) => afterSeconds)).toEqual([0, 1, 3, 7, 15]);
    expect(status).toBe("exhausted");
  });

  it("delivers by the standard schedule to a receiver that was down for two days", () => {
    const scheduleSeconds = standardWebhooksSchedule;
    const receiver = ({ afterSeconds }: { readonly afterSeconds: number }) => (afterSeconds < 48 * hours ? 503 : 204);
    const { status, afterSeconds, attempts } = simulateDelivery({ scheduleSeconds }, receiver)._unsafeUnwrap();
    expect(status).toBe("delivered");
    expect(attempts.at(-1)).toEqual({ attempt: 9, afterSeconds, failure: null });
  });

  it("counts the time that a timeout takes", () => {
    const { attempts } = simulateDelivery({ maxRetries: 2 }, () => timedOut(10))._unsafeUnwrap();
    expect(attempts.map(({ afterSeconds }) => afterSeconds)).toEqual([0, 11]);
  });

  it("cancels the delivery and deactivates the webhook after a 410", () => {
    const { status, deactivated } = simulateDelivery({}, () => 410)._unsafeUnwrap();
    expect({ status, deactivated }).toEqual({ status: "cancelled", deactivated: "gone" });
  });

  it("cancels the delivery and deactivates the webhook once it has failed for long enough", () => {
    const { status, deactivated, attempts } = simulateDelivery(
      { deactivateAfterSeconds: 3 },
      () => 500,
    )._unsafeUnwrap();
    expect({ status, deactivated }).toEqual({ status: "cancelled", deactivated: "failing" });
    expect(attempts.map(({ afterSeconds }) => afterSeconds)).toEqual([0, 1, 3]);
  });

  it("tells the receiver which attempt it is and when, and begins with the year 2030 unless told otherwise", () => {
    for (const startAt of [undefined, 0, Date.UTC(9999, 11, 31)]) {
      const told: unknown[] = [];
      simulateDelivery({ maxRetries: 3 }, (request) => (told.push(request), 500), { startAt })._unsafeUnwrap();
      const begun = startAt ?? Date.UTC(2030, 0);
      expect(told).toEqual(
        [0, 1, 3].map((s, index) => ({ attempt: index + 1, afterSeconds: s, now: begun + 1000 * s })),
      );
    }
  });

  it("takes the delays of its seed, which is 1 unless told otherwise", () => {
    const delays = (seed?: number) =>
      simulateDelivery({ jitterFraction: 1 }, () => 500, { seed })
        ._unsafeUnwrap()
        .attempts.map(({ afterSeconds }) => afterSeconds);
    expect(delays()).toEqual(delays(1));
    expect(delays(2)).not.toEqual(delays(1));
  });

  it("stops after 10,000 attempts if the retry config has no end", () => {
    const endless = { maxRetries: Number.MAX_SAFE_INTEGER, baseDelaySeconds: 0, deactivateAfterSeconds: null };
    const { status, attempts } = simulateDelivery(endless, () => 500)._unsafeUnwrap();
    expect({ status, attempts: attempts.length }).toEqual({ status: "pending", attempts: 10_000 });
  });

  it("names the setting that breaks its rule", () => {
    const error = simulateDelivery({ maxRetries: 0 }, () => 204)._unsafeUnwrapErr();
    expect(error).toMatchObject({ type: "InvalidInput", field: "retryConfig.maxRetries" });
  });

  it.each([
    ["seed", { seed: 0.5 }],
    ["startAt", { startAt: Number.NaN }],
    ["startAt", { startAt: -1 }],
    ["startAt", { startAt: Date.UTC(9999, 11, 31) + 1 }],
  ])("names the option that breaks its rule: %s", (field, options) => {
    expect(simulateDelivery({}, () => 500, options)._unsafeUnwrapErr()).toMatchObject({ type: "InvalidInput", field });
  });
});
