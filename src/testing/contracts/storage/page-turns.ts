import type { ResultAsync } from "neverthrow";
import { expect, it } from "vitest";
import type { ReadError } from "../../../ports/ledger-reader.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import type { Harnesses } from "./opening.ts";

/** The pages by which somebody goes through whole tables. */
const pages: Readonly<Record<string, (storage: Storage) => ResultAsync<readonly object[], ReadError>>> = {
  "the ledger": ({ reader }) => reader.readAll({ limit: 1 }),
  deliveries: ({ deliveries }) => deliveries.list({ limit: 1 }),
  messages: ({ messages }) => messages.list("", 1),
  "messages to copy": ({ transfer }) => transfer.messages("", 1),
  "secrets to copy": ({ transfer }) => transfer.secrets("", 1),
  "responses to copy": ({ transfer }) => transfer.responses({ deliveryId: "", attempt: 0 }, 1),
};

export function registerPageTurnCases({ open }: Harnesses): void {
  it.each(Object.entries(pages))("a page of %s gives the event loop a turn", async (_, read) => {
    const { storage } = await open();
    let turns = 0;
    setImmediate(() => (turns += 1));
    expect(await valueOf(read(storage))).toEqual([]);
    expect(turns).toBe(1);
  });
}
