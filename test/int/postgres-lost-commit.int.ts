import { describe, expect, inject, it, onTestFinished } from "vitest";
import { commit, deliveryStream, scheduled, succeeded } from "../../src/testing/contracts/storage/facts.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { deafProxy } from "../support/postgres/deaf-proxy.ts";
import { openPostgres } from "../support/postgres/harness.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

async function openBehindProxy() {
  const schema = temporarySchema();
  const proxy = await deafProxy(inject("postgresUrl"));
  const storage = await openPostgres({ connectionString: proxy.connectionString, schema: schema.name });
  onTestFinished(async () => {
    await valueOf(storage.close());
    proxy.close();
    await schema.remove();
  });
  return { storage, proxy };
}

describe("a commit on PostgreSQL whose answer is lost", () => {
  it("is answered as done if it was done, and nothing is done twice", async () => {
    const { storage, proxy } = await openBehindProxy();
    const first = commit(deliveryStream("a"), "no-stream", [scheduled("a")]);
    const second = commit(deliveryStream("b"), "no-stream", [scheduled("b")]);
    // The connection is there already, so begin and commit are sent together.
    await valueOf(storage.writer.append(commit("message-m", "any", [])));
    const lost = proxy.loseAnswers();
    const appended = await Promise.all([first, second].map((one) => valueOf(storage.writer.append(one))));
    await lost;
    expect(appended).toEqual([
      [{ streamId: deliveryStream("a"), version: 1 }],
      [{ streamId: deliveryStream("b"), version: 1 }],
    ]);
    expect(await valueOf(storage.reader.readAll({ limit: 9 }))).toHaveLength(2);
  });

  it("is answered as done if it is alone too: an outcome at the version that its claim found", async () => {
    const { storage, proxy } = await openBehindProxy();
    await valueOf(storage.writer.append(commit(deliveryStream("a"), "no-stream", [scheduled("a")])));
    const lost = proxy.loseAnswers();
    const appended = await valueOf(storage.writer.append(commit(deliveryStream("a"), 1, [succeeded])));
    await lost;
    expect(appended).toEqual([{ streamId: deliveryStream("a"), version: 2 }]);
    expect(await valueOf(storage.reader.readAll({ limit: 9 }))).toHaveLength(2);
  });

  it("is answered as refused if it was refused", async () => {
    const { storage, proxy } = await openBehindProxy();
    await valueOf(storage.writer.append(commit(deliveryStream("a"), "no-stream", [scheduled("a")])));
    const lost = proxy.loseAnswers();
    const [kept, refused] = await Promise.all([
      storage.writer.append(commit(deliveryStream("b"), "no-stream", [scheduled("b")])),
      storage.writer.append(commit(deliveryStream("a"), 7, [succeeded])),
    ]);
    await lost;
    expect(kept.isOk()).toBe(true);
    expect(refused._unsafeUnwrapErr()).toMatchObject({ type: "VersionConflict", actual: 1 });
    expect(await valueOf(storage.reader.readAll({ limit: 9 }))).toHaveLength(2);
  });

  it("is in doubt if it is a step of pruning, a restoration or a rebuild", async () => {
    const { storage, proxy } = await openBehindProxy();
    await valueOf(storage.writer.append(commit(deliveryStream("a"), "no-stream", [scheduled("a"), succeeded])));
    for (const call of [
      () => storage.projections.rebuild(),
      () => storage.transfer.restore({ lastPosition: 7 }),
      () => storage.retention.pruneDeliveries(Number.MAX_SAFE_INTEGER, "", 10),
    ]) {
      const lost = proxy.loseAnswers();
      const answer = await call();
      await lost;
      expect(answer._unsafeUnwrapErr()).toMatchObject({ reason: "in-doubt", retryable: false });
      expect((await call()).isOk()).toBe(true);
    }
    expect(await valueOf(storage.reader.readAll({ limit: 9 }))).toEqual([]);
  });

  it("is not in doubt if it wrote nothing: a verification can be made again", async () => {
    const { storage, proxy } = await openBehindProxy();
    await valueOf(storage.writer.append(commit(deliveryStream("a"), "no-stream", [scheduled("a"), succeeded])));
    const lost = proxy.loseAnswers();
    const answer = await storage.projections.verify();
    await lost;
    expect(answer._unsafeUnwrapErr()).toMatchObject({ reason: "disconnected", retryable: true });
    expect(await valueOf(storage.projections.verify())).toEqual({ events: 2, differences: [] });
  });
});
