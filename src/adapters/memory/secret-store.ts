import type { EpochMs } from "../../domain/instant.ts";
import type { SecretStore, StoredSecret } from "../../ports/secret-store.ts";
import type { Door } from "./door.ts";
import { pageById } from "./page-by-id.ts";
import type { State } from "./state.ts";

export function createSecretStore({ secrets }: State, door: Door): SecretStore {
  const ofWebhook = (webhookId: string, now: EpochMs) =>
    newestFirst((secrets.get(webhookId) ?? []).filter(({ expiresAt }) => expiresAt === null || expiresAt > now));
  return {
    ofWebhook: (webhookId, now) => door.enter(() => ofWebhook(webhookId, now)),
    ofWebhooks: (webhookIds, now) =>
      door.enter(() => [...new Set(webhookIds)].flatMap((webhookId) => ofWebhook(webhookId, now))),
    notUnder: (keyId, after, limit) =>
      door.enter(() =>
        pageById(
          [...secrets.values()].flat().filter((secret) => secret.keyId !== keyId),
          ({ secretId }) => secretId,
          after,
          limit,
        ),
      ),
  };
}

/** Of two made in the same millisecond, the one written later counts as newer. */
export function newestFirst(secrets: readonly StoredSecret[]): StoredSecret[] {
  return [...secrets].reverse().sort((left, right) => right.createdAt - left.createdAt);
}
