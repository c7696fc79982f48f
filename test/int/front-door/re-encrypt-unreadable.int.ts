import { errAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { aesGcmCipher } from "../../../src/index.ts";
import type { Commit } from "../../../src/ports/commit.ts";
import { storageError } from "../../../src/ports/storage-error.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { register } from "../../support/deliver-to.ts";
import { failure, openHooks, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

function cipherOf(key: string) {
  return aesGcmCipher({ current: key, keys: { [key]: new Uint8Array(32).fill(key.charCodeAt(0)) } })._unsafeUnwrap();
}

/** The storage, and the commits that are appended to it. */
function watched(adapter: StorageAdapter) {
  const commits: Commit[] = [];
  const storage = wrapStorage(adapter, ({ writer }) => ({
    writer: {
      append(commit) {
        commits.push(commit);
        return writer.append(commit);
      },
    },
  }));
  return { storage, commits };
}

describe.each(storages)("re-encrypting, on $name", ({ create }) => {
  it("writes nothing for a page if none of its values can be read", async () => {
    const adapter = create();
    await register(await openHooks({ storage: adapter, cipher: cipherOf("a") }), "lost");
    const { storage, commits } = watched(adapter);
    const hooks = await openHooks({ storage, cipher: cipherOf("b") });
    expect(await failure(hooks.webhooks.reEncryptSecrets())).toMatchObject({ reason: "secrets" });
    expect(commits).toEqual([]);
  });

  it("writes once for a page if one of its values can be read", async () => {
    const adapter = create();
    await register(await openHooks({ storage: adapter, cipher: cipherOf("a") }), "lost");
    await register(await openHooks({ storage: adapter }), "plain");
    const { storage, commits } = watched(adapter);
    const hooks = await openHooks({ storage, cipher: cipherOf("b") });
    await failure(hooks.webhooks.reEncryptSecrets());
    expect(commits).toMatchObject([{ streams: [], secrets: [{ op: "replace", webhookId: "plain" }] }]);
  });

  it("ends after a step if hookledger is closed, and says so; another call does the rest", async () => {
    const adapter = create();
    const plain = await openHooks({ storage: adapter });
    for (let n = 0; n < 250; n += 1) await register(plain, `w-${n}`);
    const hooks = await openHooks({ storage: adapter, cipher: cipherOf("a") });
    const onProgress = () => void hooks.close();
    const error = await failure(hooks.webhooks.reEncryptSecrets({ onProgress }));
    expect(error).toMatchObject({ type: "StorageError", reason: "closed" });
    const again = await openHooks({ storage: adapter, cipher: cipherOf("a") });
    expect(await value(again.webhooks.reEncryptSecrets())).toEqual({ reEncrypted: 150 });
  });

  it("counts the values that cannot be read over all pages, and names the first", async () => {
    const adapter = create();
    const lost = await openHooks({ storage: adapter, cipher: cipherOf("a") });
    for (let n = 0; n < 101; n += 1) await register(lost, `lost-${n}`);
    const hooks = await openHooks({ storage: adapter, cipher: cipherOf("b") });
    expect((await failure(hooks.webhooks.reEncryptSecrets())).message).toMatch(
      /^all secrets are encrypted except 101, the first of which is this: a signing secret of the webhook lost-0 cannot/,
    );
  });

  it("ends with the storage's error if a page cannot be replaced", async () => {
    const adapter = create();
    await register(await openHooks({ storage: adapter }), "plain");
    const storage = wrapStorage(adapter, () => ({
      writer: { append: () => errAsync(storageError("locked", "refused for the test")) },
    }));
    const hooks = await openHooks({ storage, cipher: cipherOf("b") });
    expect(await failure(hooks.webhooks.reEncryptSecrets())).toMatchObject({ type: "StorageError", reason: "locked" });
  });
});
