import { expect, it } from "vitest";
import { valueOf } from "../results.ts";
import { commit, moved, registered, webhookStream } from "./facts.ts";
import type { Harnesses } from "./opening.ts";
import { bring, redeliveryAndErasure } from "./redelivery-and-erasure.ts";

const stream = webhookStream("a");
const RACERS = 16;

export function registerRacingCommitCases({ open }: Harnesses): void {
  it("if many commits create one stream at once, over two storages, exactly one wins", async () => {
    const { storage, another } = await open();
    const storages = [storage, await another()];
    const results = await Promise.all(
      Array.from({ length: RACERS }, (_, racer) => {
        const url = `https://racer-${racer}.example/`;
        const writer = (storages[racer % 2] ?? storage).writer;
        return writer.append(commit(stream, "no-stream", [registered("a", { url })])).map(() => url);
      }),
    );
    const winners = results.flatMap((result) => (result.isOk() ? [result.value] : []));
    const losers = results.flatMap((result) => (result.isErr() ? [result.error] : []));
    expect(winners).toHaveLength(1);
    expect(losers).toHaveLength(RACERS - 1);
    for (const loser of losers) {
      expect(loser).toMatchObject({ type: "VersionConflict", streamId: stream, expected: "no-stream", actual: 1 });
    }
    expect(await valueOf(storage.reader.readStream(stream))).toMatchObject([{ version: 1, data: { url: winners[0] } }]);
    expect(await valueOf(storage.webhooks.get("a"))).toMatchObject({ url: winners[0], version: 1 });
  });

  it("if many commits append at one version at once, exactly one wins", async () => {
    const { storage, another } = await open();
    const other = await another();
    await valueOf(storage.writer.append(commit(stream, "no-stream", [registered("a")])));
    const results = await Promise.all(
      Array.from({ length: RACERS }, (_, racer) =>
        (racer % 2 === 0 ? storage : other).writer.append(commit(stream, 1, [moved])),
      ),
    );
    expect(results.filter((result) => result.isOk())).toHaveLength(1);
    expect(await valueOf(other.reader.readStream(stream))).toHaveLength(2);
  });

  const bothStates = ["pending", "cancelled"] as const;
  it.each(bothStates)(
    "of two commits that each rest on what the other changes, exactly one wins, for a %s delivery",
    async (state) => {
      const { storage, another } = await open();
      const other = await another();
      const ids = Array.from({ length: RACERS }, (_, racer) => `d${racer}`);
      for (const id of ids) await bring(storage, id, state);
      for (const [index, id] of ids.entries()) {
        const { redelivery, erasure } = redeliveryAndErasure(id);
        const commits = index % 2 === 0 ? [redelivery, erasure] : [erasure, redelivery];
        const results = await Promise.all(
          commits.map((one, place) => (place === 0 ? storage : other).writer.append(one)),
        );
        expect(results.flatMap((result) => (result.isErr() ? [result.error.type] : []))).toEqual(["VersionConflict"]);
      }
    },
  );

  it("many commits that append at any version at once all go through, each at a version of its own", async () => {
    const { storage, another } = await open();
    const other = await another();
    const appended = await Promise.all(
      Array.from({ length: RACERS }, (_, racer) =>
        valueOf((racer % 2 === 0 ? storage : other).writer.append(commit(stream, "any", [moved]))),
      ),
    );
    const versions = appended.flat().map(({ version }) => version);
    expect(versions.toSorted((left, right) => left - right)).toEqual(
      Array.from({ length: RACERS }, (_, index) => index + 1),
    );
  });
}
