import type { SecretWrite, StoredSecret } from "../../../ports/secret-store.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { commit, secret } from "./facts.ts";

/** Writes secrets in a commit of their own. */
export async function write(storage: Storage, ...secrets: readonly SecretWrite[]): Promise<void> {
  await valueOf(storage.writer.append(commit("webhook-1", "any", [], { secrets })));
}

export function put(secretId: string, other: Partial<StoredSecret> = {}): SecretWrite {
  return { op: "put", secret: secret(secretId, other) };
}

/** Returns the ids of the secrets of `webhook-1` that have not ended by `now`, the newest first. */
export async function ids(storage: Storage, now: number): Promise<readonly string[]> {
  return (await valueOf(storage.secrets.ofWebhook("webhook-1", now))).map(({ secretId }) => secretId);
}
