import { expect, it } from "vitest";
import type { StreamAppend } from "../../../ports/commit.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { message, record, registered, T0, webhookStream } from "./facts.ts";
import type { StorageHarness } from "./harness.ts";
import type { Harnesses } from "./opening.ts";

async function listed(storage: Storage): Promise<readonly string[]> {
  return (await valueOf(storage.webhooks.list(""))).map(({ webhookId }) => webhookId);
}

const register = (id: string): StreamAppend => ({
  ...{ streamId: webhookStream(id), expectedVersion: "no-stream", events: [registered(id)] },
});

export function registerWebhookOrderCases(lent: StorageHarness, { open }: Harnesses): void {
  it("is that of their registration, even after later changes and a rebuild", async () => {
    const { storage } = await open();
    for (const id of ["m", "z", "a"]) await record(storage, webhookStream(id), registered(id));
    await record(storage, webhookStream("m"), { type: "WebhookUrlChanged", data: { url: "https://b.example/" } });
    expect(await listed(storage)).toEqual(["m", "z", "a"]);
    await valueOf(storage.projections.rebuild());
    expect(await listed(storage)).toEqual(["m", "z", "a"]);
  });

  it("is that of their registration, whichever storage registers them", async () => {
    const { storage, another } = await open();
    const other = await another();
    for (const id of ["z", "y"]) await record(other, webhookStream(id), registered(id));
    for (const id of ["x", "w"]) await record(storage, webhookStream(id), registered(id));
    await record(other, webhookStream("v"), registered("v"));
    expect(await listed(storage)).toEqual(["z", "y", "x", "w", "v"]);
  });

  it("is that of their registration, even if another commit made at the same time is refused", async () => {
    const { storage } = await open();
    const given = { recordedAt: T0, messages: [message("m")] };
    const [made, refused] = await Promise.all([
      storage.writer.append({ ...given, streams: ["z", "a"].map(register) }),
      storage.writer.append({ ...given, streams: [] }),
    ]);
    expect([made.isOk(), refused.isOk()]).toEqual([true, false]);
    expect(await listed(storage)).toEqual(["z", "a"]);
  });

  if (lent.putFirst !== undefined) {
    it("is verified, and mended by a rebuild", async () => {
      const { storage, putFirst } = await open();
      for (const id of ["z", "y"]) await record(storage, webhookStream(id), registered(id));
      expect(await valueOf(storage.projections.verify())).toEqual({ events: 2, differences: [] });
      await putFirst?.("y");
      expect(await listed(storage)).toEqual(["y", "z"]);
      expect((await valueOf(storage.projections.verify())).differences).toMatchObject([
        { projection: "webhooks", id: "y", expected: { registeredPosition: 2 }, actual: { registeredPosition: 0 } },
      ]);
      await valueOf(storage.projections.rebuild());
      expect(await listed(storage)).toEqual(["z", "y"]);
    });
  }
}
