import { deliveries } from "./projected-tables.ts";
import { events, messages } from "./schema.ts";
import { createQueueStates, type QueueStates } from "./queue-states.ts";
import { createRowBuffer, type RowBuffer } from "./row-buffer.ts";
import { createRevision, type Revision } from "./revision.ts";
import type { Session } from "./session.ts";

const eventColumns = ["streamId", "version", "type", "data", "metadata", "recordedAt"] as const;
const messageColumns = ["messageId", "tenantId", "event", "body", "idempotencyKey", "createdAt", "subject"] as const;
const deliveryColumns = [
  "deliveryId",
  "messageId",
  "webhookId",
  "tenantId",
  "event",
  "state",
  "attempts",
  "attemptsBeforeRound",
  "nextAttemptAt",
  "version",
  "createdAt",
  "updatedAt",
] as const;

/** What the writers of one storage have gathered in the open transaction. */
export interface WriteBuffers {
  readonly events: RowBuffer<(typeof eventColumns)[number]>;
  readonly messages: RowBuffer<(typeof messageColumns)[number]>;
  readonly deliveries: RowBuffer<(typeof deliveryColumns)[number]>;
  readonly queues: QueueStates;
  readonly revision: Revision;
}

export function createWriteBuffers(session: Session): WriteBuffers {
  const { prepare, gather } = session;
  const buffers = {
    events: createRowBuffer(prepare, events, eventColumns),
    messages: createRowBuffer(prepare, messages, messageColumns),
    deliveries: createRowBuffer(prepare, deliveries, deliveryColumns),
  };
  for (const buffer of Object.values(buffers)) gather(buffer);
  return { ...buffers, queues: createQueueStates(session), revision: createRevision(session) };
}
