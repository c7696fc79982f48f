import { expect, it } from "vitest";
import { valueOf } from "../results.ts";
import { claimOf, scheduleMany } from "./claims.ts";
import { commit, deliveryStream, schedule, scheduled, succeeded } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

export function registerClaimOrderCases({ open }: Harnesses): void {
  it("a claim asks once, when it begins, and finds what was written before it", async () => {
    const { storage } = await open();
    const asked: string[] = [];
    const appending = storage.writer.append(commit(deliveryStream("d"), "any", [scheduled("d")]));
    const claiming = storage.queue.claim(() => {
      asked.push("first");
      return claimOf({ limit: 1 });
    });
    const second = storage.queue.claim(() => {
      asked.push("second");
      return claimOf({ owner: "B" });
    });
    await valueOf(appending);
    expect(await valueOf(claiming)).toMatchObject([{ delivery: { deliveryId: "d" }, version: 1 }]);
    expect(await valueOf(second)).toEqual([]);
    expect(asked).toEqual(["first", "second"]);
  });

  it("a claim tells what it has found before it answers, and once, if at all", async () => {
    const { storage, tellsEarly = false } = await open();
    await scheduleMany(storage, { a: 5, b: 2 });
    const heard: unknown[] = [];
    const claiming = storage.queue.claim(
      () => claimOf({ limit: 6 }),
      (deliveries) => heard.push(deliveries),
    );
    const answer = await valueOf(claiming.andTee(() => heard.push("answered")));
    expect(answer).toHaveLength(6);
    expect([[answer, "answered"], ...(tellsEarly ? [] : [["answered"]])]).toContainEqual(heard);
  });

  it("a claim does not hand out what an append that was asked for before it settles", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    const appending = storage.writer.append(commit(deliveryStream("d"), 1, [succeeded]));
    const claiming = storage.queue.claim(claimOf);
    await valueOf(appending);
    expect(await valueOf(claiming)).toEqual([]);
  });
}
