import { describe, expect, it } from "vitest";
import { aesGcmCipher } from "../../../src/index.ts";
import type { Commit } from "../../../src/ports/commit.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { register } from "../../support/deliver-to.ts";
import { failure, openHooks, storages } from "../../support/open-hooks.ts";
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
});
