import { err, ok, type Result } from "neverthrow";
import { meetsExpectation, type Commit, type Fence, type StreamAppend } from "../../ports/commit.ts";
import {
  idempotencyKeyTaken,
  leaseLost,
  versionConflict,
  webhookRecovered,
  webhooksChanged,
  type AppendError,
} from "../../ports/ledger-writer.ts";
import { idempotencySlot, type StoredMessage } from "../../ports/message-store.ts";
import type { StoredResponse } from "../../ports/response-store.ts";
import type { SecretWrite } from "../../ports/secret-store.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { State } from "./state.ts";
import { writeSecrets } from "./write-values.ts";

type Checked = Result<void, AppendError>;

/** Checks everything that a database would find through its constraints. Writes nothing. */
export function checkCommit(state: State, commit: Commit): Checked {
  const { webhooksRevision = state.revision, stillFailing } = commit;
  if (webhooksRevision !== state.revision) return err(webhooksChanged());
  if (stillFailing !== undefined && state.queues.get(stillFailing.webhookId)?.failingSince !== stillFailing.since)
    return err(webhookRecovered(stillFailing.webhookId));
  return checkFences(state, commit.fences ?? [])
    .andThen(() => checkStreams(state, commit.streams))
    .andThen(() => checkMessages(state, commit.messages ?? []))
    .andThen(() => checkSecrets(state, commit.secrets ?? []))
    .andThen(() => checkResponses(state, commit.responses ?? []));
}

function checkStreams({ streams }: State, appends: readonly StreamAppend[]): Checked {
  const named = new Set<string>();
  for (const { streamId, expectedVersion } of appends) {
    if (named.has(streamId)) return refused(`the commit names the stream ${streamId} twice`);
    named.add(streamId);
    const actual = streams.get(streamId)?.length ?? 0;
    if (!meetsExpectation(expectedVersion, actual)) return err(versionConflict(streamId, expectedVersion, actual));
  }
  return ok();
}

function checkFences({ leases }: State, fences: readonly Fence[]): Checked {
  for (const { deliveryId, owner, now } of fences) {
    const held = leases.get(deliveryId);
    if (held !== undefined && held.owner !== owner && held.until > now) return err(leaseLost(deliveryId));
  }
  return ok();
}

function checkMessages({ messages, idempotencyKeys }: State, added: readonly StoredMessage[]): Checked {
  const ids = new Set<string>();
  const slots = new Map<string, string>();
  for (const { messageId, tenantId, idempotencyKey } of added) {
    if (messages.has(messageId) || ids.has(messageId)) return refused(`there is a message ${messageId} already`);
    ids.add(messageId);
    if (idempotencyKey === null) continue;
    const slot = idempotencySlot(tenantId, idempotencyKey);
    const taken = idempotencyKeys.get(slot) ?? slots.get(slot);
    if (taken !== undefined) return err(idempotencyKeyTaken(taken));
    slots.set(slot, messageId);
  }
  return ok();
}

/** In the order given: an id is free again once the secret that had it is forgotten, or has ended. */
function checkSecrets({ secrets }: State, writes: readonly SecretWrite[]): Checked {
  if (writes.length === 0) return ok();
  const after = { secrets: new Map(secrets) };
  for (const write of writes) {
    if (write.op === "put" && hasSecret(after, write.secret.secretId))
      return refused(`there is a secret ${write.secret.secretId} already`);
    writeSecrets(after, [write]);
  }
  return ok();
}

/** Whether any webhook has the secret. */
function hasSecret({ secrets }: Pick<State, "secrets">, secretId: string): boolean {
  for (const ofWebhook of secrets.values()) if (ofWebhook.some((secret) => secret.secretId === secretId)) return true;
  return false;
}

function checkResponses({ responses }: State, added: readonly StoredResponse[]): Checked {
  for (const [index, { deliveryId, attempt }] of added.entries()) {
    const others = [...(responses.get(deliveryId) ?? []), ...added.slice(0, index)];
    if (others.some((other) => other.deliveryId === deliveryId && other.attempt === attempt)) {
      return refused(`there is a response to attempt ${attempt} of the delivery ${deliveryId} already`);
    }
  }
  return ok();
}

export function refused(message: string): Result<never, StorageError> {
  return err(storageError("unexpected", message));
}
