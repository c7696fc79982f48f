import type { SecretStore, StoredSecret } from "../../ports/secret-store.ts";
import type { Door } from "./door.ts";
import type { State } from "./state.ts";

export function createSecretStore({ secrets }: State, door: Door): SecretStore {
  return {
    ofWebhook: (webhookId, now) =>
      door.enter(() =>
        newestFirst((secrets.get(webhookId) ?? []).filter(({ expiresAt }) => expiresAt === null || expiresAt > now)),
      ),
  };
}

/** Of two that were made in the same millisecond, the later written is the newer one. */
export function newestFirst(secrets: readonly StoredSecret[]): StoredSecret[] {
  return [...secrets].reverse().sort((left, right) => right.createdAt - left.createdAt);
}
