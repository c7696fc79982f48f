import { errAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { webhooksChanged } from "../../../src/ports/ledger-writer.ts";
import { storageError } from "../../../src/ports/storage-error.ts";
import { event } from "../../support/deliver-to.ts";
import { failure, openHooks, storages } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

describe.each(storages)("if webhooks change between every look at them and the commit, on $name,", ({ create }) => {
  async function openChanging() {
    let tries = 0;
    const storage = wrapStorage(create(), () => ({
      writer: {
        append() {
          tries += 1;
          // This ends an endless retry.
          return errAsync(tries > 100 ? storageError("full", "tried for ever") : webhooksChanged());
        },
      },
    }));
    return { hooks: await openHooks({ storage }), tries: () => tries };
  }

  it("publish answers after ten tries that the storage is locked", async () => {
    const { hooks, tries } = await openChanging();
    const what = "webhooks, or what is published under the idempotencyKey, changed";
    const message = `${what} during each of 10 tries; publish again`;
    const error = await failure(hooks.publish({ event, payload: {} }));
    expect(error).toMatchObject({ reason: "locked", retryable: true, message });
    expect(tries()).toBe(10);
  });

  it("publishMany does so too, without an index", async () => {
    const { hooks, tries } = await openChanging();
    const error = await failure(hooks.publishMany([{ event, payload: {} }]));
    expect(error).toMatchObject({ reason: "locked", index: null });
    expect(tries()).toBe(10);
  });
});
