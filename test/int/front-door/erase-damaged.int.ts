import { errAsync, okAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { damagedEvent } from "../../../src/ports/ledger-reader.ts";
import { storageError } from "../../../src/ports/storage-error.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { event } from "../../support/deliver-to.ts";
import { failure, openHooks, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

type Spoilt = "damaged" | "gone" | "unreadable" | "read-only" | "over quota";

const erasures = [{ subject: "u" }, { all: true }] as const;
const cases = storages.flatMap((storage) => erasures.map((erasure) => ({ ...storage, erasure })));

describe.each(cases)("erasing $erasure if one of the messages cannot be erased, on $name", ({ create, erasure }) => {
  async function openDamaged() {
    const streams = new Map<string, Spoilt>();
    let purged = 0;
    const storage = wrapStorage(create(), ({ reader, messages }) => ({
      reader: {
        ...reader,
        readStream(id) {
          switch (streams.get(id)) {
            case undefined:
              return reader.readStream(id);
            case "damaged":
              return errAsync(damagedEvent({ position: 7, streamId: id }, "its data is not JSON"));
            case "gone":
              return okAsync([]);
            case "unreadable":
              return errAsync(storageError("disconnected", "the server is gone"));
            case "read-only":
              return errAsync(storageError("read-only", "the file takes no writes"));
            case "over quota":
              return errAsync({ ...storageError("unexpected", "the disk has failed"), retryable: true });
          }
        },
      },
      messages: {
        ...messages,
        purge() {
          purged += 1;
          return messages.purge();
        },
      },
    }));
    const clock = createFakeClock();
    const hooks = await openHooks({ storage, clock });
    const published: string[] = [];
    for (let count = 0; count < 110; count += 1)
      published.push((await value(hooks.publish({ event, payload: { count }, subject: "u" }))).messageId);
    const erase = () => failure(hooks.messages.erase(erasure));
    const unerased = async () => {
      const found = await Promise.all(published.map((messageId) => value(hooks.messages.get(messageId))));
      return found.flatMap((message, index) => (message?.erasedAt === null ? [index] : []));
    };
    const spoil = (index: number, how: Spoilt) => void streams.set(`message-${published[index] ?? ""}`, how);
    return { hooks, erase, unerased, spoil, purges: () => purged };
  }

  it("erases and purges the others, and the error names the first that is not erased", async () => {
    const { hooks, erase, unerased, spoil, purges } = await openDamaged();
    spoil(3, "damaged");
    spoil(104, "gone");
    expect(await erase()).toMatchObject({ type: "DamagedEvent", position: 7 });
    expect(await unerased()).toEqual([3, 104]);
    expect(purges()).toBe(1);
    expect(await value(hooks.messages.erase({ subject: "somebody else" }))).toEqual({ erased: 0 });
  });

  it("erases those after many that cannot be erased", async () => {
    const { erase, unerased, spoil } = await openDamaged();
    const first = Array.from({ length: 105 }, (_, index) => index);
    for (const index of first) spoil(index, "gone");
    expect(await erase()).toMatchObject({ type: "StorageError", reason: "unexpected" });
    expect(await unerased()).toEqual(first);
  });

  it.each([
    ["unreadable", "disconnected"],
    ["read-only", "read-only"],
    ["over quota", "unexpected"],
  ] as const)("begins with no others if the storage is %s, and names the first error", async (how, reason) => {
    const { erase, unerased, spoil } = await openDamaged();
    spoil(3, how);
    spoil(5, "over quota");
    expect(await erase()).toMatchObject({ type: "StorageError", reason });
    expect(await unerased()).toHaveLength(102);
  });
});
