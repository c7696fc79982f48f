import { expect, it } from "vitest";
import { valueOf } from "../results.ts";
import { commit } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

export function registerResponseCases({ open }: Harnesses): void {
  it("responses are read by attempt, whatever order they came in, each delivery's apart", async () => {
    const { storage } = await open();
    const second = { deliveryId: "a", attempt: 2, excerpt: "two ☃ \u{1f600}" };
    const first = { deliveryId: "a", attempt: 1, excerpt: "" };
    const tenth = { deliveryId: "a", attempt: 10, excerpt: "ten" };
    const another = { deliveryId: "b", attempt: 2, excerpt: "another" };
    await valueOf(storage.writer.append(commit("delivery-a", "any", [], { responses: [second, tenth, another] })));
    await valueOf(storage.writer.append(commit("delivery-a", "any", [], { responses: [first] })));
    expect(await valueOf(storage.responses.ofDeliveries(["a"]))).toEqual([first, second, tenth]);
    const ofAll = await valueOf(storage.responses.ofDeliveries(["b", "c", "a"]));
    expect(ofAll.filter(({ deliveryId }) => deliveryId === "a")).toEqual([first, second, tenth]);
    expect(ofAll.filter(({ deliveryId }) => deliveryId !== "a")).toEqual([another]);
    expect(await valueOf(storage.responses.ofDeliveries(["b"]))).toEqual([another]);
    expect(await valueOf(storage.responses.ofDeliveries(["c"]))).toEqual([]);
  });

  it("of a character in which a text was cut, the half that is left becomes one U+FFFD", async () => {
    const { storage } = await open();
    const responses = [{ deliveryId: "a", attempt: 1, excerpt: "ten \ud83d" }];
    await valueOf(storage.writer.append(commit("delivery-a", "any", [], { responses })));
    expect(await valueOf(storage.responses.ofDeliveries(["a"]))).toMatchObject([{ excerpt: "ten \ufffd" }]);
  });
}
