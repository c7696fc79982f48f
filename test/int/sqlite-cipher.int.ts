import { dirname } from "node:path";
import { expect, it } from "vitest";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { aesGcmCipher } from "../../src/index.ts";
import { filesOf } from "../support/canaries/plant.ts";
import { failure, openHooks, value } from "../support/open-hooks.ts";
import { connectionTo, newPath } from "../support/sqlite-files.ts";

const cipher = aesGcmCipher({ current: "k", keys: { k: new Uint8Array(32).fill(1) } })._unsafeUnwrap();
const url = "http://127.0.0.1:9/hook";
const canary = "canary-4711";

/** A file that was written without a cipher, with the secrets and headers of so many webhooks. */
async function plainFile(count = 30) {
  const path = newPath();
  const hooks = await openHooks({ storage: sqliteStorage({ path }) });
  for (let n = 0; n < count; n += 1) {
    const headers = { authorization: `Bearer ${canary}-${n}-${"x".repeat(2000)}` };
    await value(hooks.webhooks.register({ url, events: [], secret: `${canary} ${n}`, headers }));
  }
  await value(hooks.close());
  expect(filesOf(dirname(path))).toContain(canary);
  return path;
}

it("what was in plain text is in no file any more once it is re-encrypted", async () => {
  const path = await plainFile();
  const hooks = await openHooks({ storage: sqliteStorage({ path }), cipher });
  expect(await value(hooks.webhooks.reEncryptSecrets())).toEqual({ reEncrypted: 60 });
  expect(filesOf(dirname(path))).not.toContain(canary);
  expect((await value(hooks.webhooks.list()))[0]?.secret).toBe(`${canary} 0`);
});

it("while somebody reads the database, re-encrypting is locked and says why, and a later call succeeds", async () => {
  const path = await plainFile(1);
  const hooks = await openHooks({ storage: sqliteStorage({ path, busyTimeoutMs: 10 }), cipher });
  const reader = connectionTo(path);
  reader.exec("begin");
  expect(reader.prepare("select count(*) from hookledger_webhooks").pluck().get()).toBe(1);
  expect(await failure(hooks.webhooks.reEncryptSecrets())).toMatchObject({
    ...{ type: "StorageError", reason: "locked", message: expect.stringContaining("still in the database's files") },
  });
  reader.exec("commit");
  expect(await value(hooks.webhooks.reEncryptSecrets())).toEqual({ reEncrypted: 0 });
  expect(filesOf(dirname(path))).not.toContain(canary);
});
