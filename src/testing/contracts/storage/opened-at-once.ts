import { expect, it } from "vitest";
import { valueOf } from "../results.ts";
import { record } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

export function registerOpenedAtOnceCases({ open }: Harnesses): void {
  it("ten storages that open at once what nobody has made yet share one ledger", async () => {
    const { storage, opened } = await open(10);
    expect(new Set(opened).size).toBe(10);
    const streamIds = opened.map((_, index) => `webhook-w${index}`);
    await Promise.all(
      opened.map((one, index) => record(one, `webhook-w${index}`, { type: "WebhookActivated", data: {} })),
    );
    const events = await valueOf(storage.reader.readAll({ limit: 99 }));
    expect(events.map(({ streamId }) => streamId).sort()).toEqual(streamIds.sort());
  });
}
