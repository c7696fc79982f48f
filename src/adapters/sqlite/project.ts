import { isDeliveryEvent, isWebhookEvent, type RecordedEvent } from "../../domain/ledger/index.ts";
import { fromIso } from "../../domain/instant.ts";
import type { Orm } from "./connection.ts";
import { createDeliveryProjection } from "./delivery-projection.ts";
import { createFindBeginning } from "./event-position.ts";
import { createWebhookProjection } from "./webhook-projection.ts";

/** Brings the row that an event is about up to date. The rows are named by the streams. */
export type Project = (event: RecordedEvent) => void;

export function createProject(orm: Orm): Project {
  const findBeginning = createFindBeginning(orm);
  const projectWebhook = createWebhookProjection(orm, findBeginning);
  const projectDelivery = createDeliveryProjection(orm, findBeginning);
  return (event) => {
    const { streamId, version, position } = event;
    const at = { streamId, version, position, recordedAt: fromIso(event.recordedAt) };
    if (isWebhookEvent(event)) projectWebhook(idIn(streamId), event, at);
    else if (isDeliveryEvent(event)) projectDelivery(idIn(streamId), event, at);
  };
}

/** `webhook-{id}`: what comes after the first hyphen. */
export function idIn(streamId: string): string {
  return streamId.slice(streamId.indexOf("-") + 1);
}
