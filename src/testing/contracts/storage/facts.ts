import type { DeliveryScheduled } from "../../../domain/delivery/index.ts";
import { toIso } from "../../../domain/instant.ts";
import { streamId, type DomainEvent } from "../../../domain/ledger/index.ts";
import { DEFAULT_RETRY_CONFIG } from "../../../domain/retry/index.ts";
import type { WebhookEvent, WebhookRegistered } from "../../../domain/webhook/index.ts";
import type { Commit, ExpectedVersion } from "../../../ports/commit.ts";
import type { StoredMessage } from "../../../ports/message-store.ts";
import type { StoredSecret } from "../../../ports/secret-store.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";

/** 2026-01-01T00:00:00Z: when everything in these tests begins. */
export const T0 = 1_767_225_600_000;

export function registered(webhookId: string, data: Partial<WebhookRegistered["data"]> = {}): WebhookRegistered {
  return {
    type: "WebhookRegistered",
    data: {
      ...{ webhookId, tenantId: "", url: "https://a.example/hooks", events: ["memory.updated"], active: true },
      ...{ retryConfig: DEFAULT_RETRY_CONFIG, secretId: `${webhookId}-secret`, headers: null },
      ...data,
    },
  };
}

/** A webhook has another URL. */
export const moved: WebhookEvent = { type: "WebhookUrlChanged", data: { url: "https://b.example/" } };

interface Scheduling extends Partial<Omit<DeliveryScheduled["data"], "dueAt">> {
  readonly dueAt?: number;
}

export function scheduled(deliveryId: string, { dueAt = T0, ...data }: Scheduling = {}): DeliveryScheduled {
  const others = { messageId: "message-1", webhookId: "webhook-1", tenantId: "", event: "memory.updated" };
  return { type: "DeliveryScheduled", data: { deliveryId, ...others, ...data, dueAt: toIso(dueAt) } };
}

export const succeeded: DomainEvent = {
  type: "DeliverySucceeded",
  data: { attempt: 1, statusCode: 200, durationMs: 5 },
};

export function failed(attempt: number, retryAt: number | null): DomainEvent {
  const failure = { kind: "status", statusCode: 500 } as const;
  const at = retryAt === null ? null : toIso(retryAt);
  return { type: "DeliveryAttemptFailed", data: { attempt, failure, durationMs: 5, retryAt: at } };
}

export function message(messageId: string, other: Partial<StoredMessage> = {}): StoredMessage {
  const content = { tenantId: "", event: "memory.updated", body: '{"a":"\\u00e9"}' };
  return { messageId, ...content, idempotencyKey: null, createdAt: T0, subject: null, erasedAt: null, ...other };
}

export function secret(secretId: string, other: Partial<StoredSecret> = {}): StoredSecret {
  return {
    secretId,
    webhookId: "webhook-1",
    kind: "signing",
    value: "s3cret",
    keyId: null,
    createdAt: T0,
    expiresAt: null,
    ...other,
  };
}

/** Returns a commit with events of one stream. */
export function commit(
  stream: string,
  expectedVersion: ExpectedVersion,
  events: readonly DomainEvent[],
  other: Partial<Commit> = {},
): Commit {
  return { recordedAt: T0, streams: [{ streamId: stream, expectedVersion, events }], ...other };
}

export const webhookStream = (webhookId: string): string => streamId("webhook", webhookId);
export const deliveryStream = (deliveryId: string): string => streamId("delivery", deliveryId);

/** Appends events at whatever version the stream has. Fails the test if they are refused. */
export async function record(storage: Storage, stream: string, ...events: readonly DomainEvent[]): Promise<void> {
  await valueOf(storage.writer.append(commit(stream, "any", events)));
}

export async function schedule(storage: Storage, deliveryId: string, scheduling: Scheduling = {}): Promise<void> {
  await record(storage, deliveryStream(deliveryId), scheduled(deliveryId, scheduling));
}

/** Returns all that a storage shows of its ledger and its projections. */
export async function everything(storage: Storage) {
  return {
    events: await valueOf(storage.reader.readAll({ limit: 10_000 })),
    webhooks: await valueOf(storage.webhooks.list("")),
    deliveries: await valueOf(storage.deliveries.list({ limit: 10_000 })),
  };
}
