import { idIn, isDeliveryEvent, isWebhookEvent, type DomainEvent } from "../../domain/ledger/index.ts";
import { createDeliveryProjection, type Projected } from "./delivery-projection.ts";
import { createFindBeginning, type EventPlace } from "./event-place.ts";
import type { Session } from "./session.ts";
import { createWebhookProjection } from "./webhook-projection.ts";
import type { WriteBuffers } from "./write-buffers.ts";

/** Brings the row that an event is about up to date. The stream's name tells the row. */
export type Project = (event: DomainEvent, at: EventPlace) => Projected;

export function createProject(session: Session, buffers: WriteBuffers): Project {
  const findBeginning = createFindBeginning(session, buffers);
  const projectWebhook = createWebhookProjection(session, buffers, findBeginning);
  const projectDelivery = createDeliveryProjection(session, buffers, findBeginning);
  return (event, at) => {
    if (isDeliveryEvent(event)) return projectDelivery(idIn(at.streamId), event, at);
    if (isWebhookEvent(event)) projectWebhook(idIn(at.streamId), event, at);
    return true;
  };
}
