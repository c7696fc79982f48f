import type { EpochMs } from "../../domain/instant.ts";
import { UNTIL_RESUMED } from "../../ports/delivery-queue.ts";
import { idempotencySlot, type StoredMessage } from "../../ports/message-store.ts";
import type { StoredResponse } from "../../ports/response-store.ts";
import type { SecretWrite, StoredSecret } from "../../ports/secret-store.ts";
import type { AttemptedWebhook } from "../../ports/commit.ts";
import { newestFirst } from "./secret-store.ts";
import { queueOf, type State } from "./state.ts";

/** Writes what goes with the events of a commit. None of it can fail: `checkCommit` came before. */
export function writeMessages({ messages, idempotencyKeys }: State, added: readonly StoredMessage[]): void {
  for (const message of added) {
    const { messageId, tenantId, idempotencyKey } = message;
    messages.set(messageId, Object.freeze({ ...message }));
    if (idempotencyKey !== null) idempotencyKeys.set(idempotencySlot(tenantId, idempotencyKey), messageId);
  }
}

/** A database stores text as UTF-8, which has no lone surrogates; a cut excerpt may end in one. */
export function writeResponses({ responses }: State, added: readonly StoredResponse[]): void {
  for (const response of added) {
    const stored = Object.freeze({ ...response, excerpt: response.excerpt.toWellFormed() });
    const others = responses.get(response.deliveryId) ?? [];
    responses.set(
      response.deliveryId,
      [...others, stored].sort((left, right) => left.attempt - right.attempt),
    );
  }
}

export function writeErasures(
  { messages, responses, projected }: State,
  erasedIds: readonly string[],
  erasedAt: EpochMs,
): void {
  for (const messageId of erasedIds) {
    const message = messages.get(messageId);
    if (message !== undefined)
      messages.set(messageId, Object.freeze({ ...message, body: "", subject: null, erasedAt }));
    for (const delivery of projected.deliveries.values()) {
      if (delivery.messageId === messageId) responses.delete(delivery.deliveryId);
    }
  }
}

export function writeHealth(state: State, attempts: readonly AttemptedWebhook[]): void {
  for (const { webhookId, failing, at, pausedUntil } of attempts) {
    const queue = queueOf(state, webhookId);
    queue.failingSince = failing ? (queue.failingSince ?? at) : null;
    if (pausedUntil !== null) queue.pausedUntil = Math.max(pausedUntil, queue.pausedUntil ?? pausedUntil);
  }
}

/**
 * Carries the pause of the webhook's row over to the queue, where claims look. A resumed webhook begins without a
 * pause.
 */
export function followPause(state: State, webhookId: string): void {
  if (state.projected.webhooks.get(webhookId)?.paused === true) queueOf(state, webhookId).pausedUntil = UNTIL_RESUMED;
  else if (state.queues.get(webhookId)?.pausedUntil === UNTIL_RESUMED) queueOf(state, webhookId).pausedUntil = null;
}

export function writeSecrets({ secrets }: Pick<State, "secrets">, writes: readonly SecretWrite[]): void {
  for (const write of writes) {
    switch (write.op) {
      case "put": {
        const { webhookId } = write.secret;
        secrets.set(webhookId, [...(secrets.get(webhookId) ?? []), Object.freeze({ ...write.secret })]);
        break;
      }
      case "expire":
        secrets.set(write.webhookId, afterExpiry(secrets.get(write.webhookId) ?? [], write));
        break;
      case "forget":
        secrets.delete(write.webhookId);
        break;
      case "replace": {
        const { op: _, secretId, webhookId, ...instead } = write;
        const replaced = (secrets.get(webhookId) ?? []).map((secret) =>
          secret.secretId === secretId ? Object.freeze({ ...secret, ...instead }) : secret,
        );
        secrets.set(webhookId, replaced);
        break;
      }
    }
  }
}

function afterExpiry(
  secrets: readonly StoredSecret[],
  { kind, expiresAt, now, most }: Extract<SecretWrite, { op: "expire" }>,
): StoredSecret[] {
  const left = secrets
    .map((secret) =>
      secret.kind === kind && (secret.expiresAt === null || secret.expiresAt > expiresAt)
        ? Object.freeze({ ...secret, expiresAt })
        : secret,
    )
    .filter((secret) => secret.kind !== kind || secret.expiresAt === null || secret.expiresAt > now);
  const kept = newestFirst(left.filter((secret) => secret.kind === kind)).slice(0, most);
  return left.filter((secret) => secret.kind !== kind || kept.includes(secret));
}
