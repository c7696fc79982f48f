import type { ResultAsync } from "neverthrow";
import { expect, it } from "vitest";
import type { RecordedEvent } from "../../../domain/ledger/index.ts";
import type { ReadError } from "../../../ports/ledger-reader.ts";
import type { Storage } from "../../../ports/storage.ts";
import { errorOf, valueOf } from "../results.ts";
import { everything, record, registered, schedule, webhookStream } from "./facts.ts";
import type { Damage, StorageHarness } from "./harness.ts";
import { rowsOf } from "./mending.ts";
import type { Harnesses } from "./opening.ts";

const kinds: readonly Damage[] = ["unknown-type", "not-json", "wrong-data"];

export function registerDamageCases({ open }: Harnesses): void {
  it.each(kinds)("%s: readAll, readStream, rebuild and verify stop and name the position", async (how) => {
    const harness = await open();
    const { storage } = harness;
    const victim = await threeEvents(storage);
    const rows = await rowsOf(storage);
    await damage(harness, victim.position, how);

    const attempts: readonly ResultAsync<unknown, ReadError>[] = [
      storage.reader.readAll({ limit: 10 }),
      storage.reader.readStream(victim.streamId),
      storage.projections.rebuild(),
      storage.projections.verify(),
    ];
    for (const attempt of attempts) {
      const error = await errorOf(attempt);
      expect(error).toMatchObject({ type: "DamagedEvent", position: victim.position, streamId: victim.streamId });
      expect(error.message).toContain(String(victim.position));
    }
    expect(await rowsOf(storage)).toEqual(rows);
  });

  it.each(kinds)("%s: what does not touch the damaged event still works", async (how) => {
    const harness = await open();
    const { storage } = harness;
    const victim = await threeEvents(storage);
    await damage(harness, victim.position, how);
    expect(await valueOf(storage.reader.readAll({ after: victim.position, limit: 10 }))).toHaveLength(1);
    expect(await valueOf(storage.reader.readAll({ limit: 1 }))).toHaveLength(1);
    expect(await valueOf(storage.reader.readStream(webhookStream("first")))).toHaveLength(1);
    await record(storage, webhookStream("more"), registered("more"));
    expect(await valueOf(storage.webhooks.get("more"))).toMatchObject({ webhookId: "more" });
  });
}

/** Records three events and returns the one in the middle, which is to be the victim. */
async function threeEvents(storage: Storage): Promise<RecordedEvent> {
  await record(storage, webhookStream("first"), registered("first"));
  await record(storage, webhookStream("victim"), registered("victim"));
  await schedule(storage, "d");
  const { events } = await everything(storage);
  const victim = events.find(({ streamId }) => streamId === webhookStream("victim"));
  if (victim === undefined) throw new Error("the event is not in the ledger");
  return victim;
}

async function damage(harness: StorageHarness, position: number, how: Damage): Promise<void> {
  if (harness.damage === undefined) throw new Error("the harness lends no damage this time");
  await harness.damage(position, how);
}
