import { expect, it } from "vitest";
import { errorOf, valueOf } from "../results.ts";
import { record, registered, webhookStream } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

/** Cases for a harness that can point to a place where nobody has made a ledger yet. */
export function registerMustExistCases({ open }: Harnesses): void {
  it("with mustExist, no ledger is made where there is none, and one that is there is opened", async () => {
    const { nowhere } = await open();
    if (nowhere === undefined) throw new Error("the harness has nowhere for some of its data only");
    const adapter = nowhere();
    // Twice, because the first must not have made what the second finds.
    for (const mustExist of [true, true])
      expect(await errorOf(adapter.open({ mustExist }))).toMatchObject({
        ...{ type: "StorageError", reason: "unreachable", retryable: false },
      });
    const made = await valueOf(adapter.open({ mustExist: false }));
    await record(made, webhookStream("a"), registered("a"));
    await valueOf(made.close());
    const found = await valueOf(adapter.open({ mustExist: true }));
    expect(await valueOf(found.reader.readStream(webhookStream("a")))).toHaveLength(1);
    await valueOf(found.close());
  });
}
