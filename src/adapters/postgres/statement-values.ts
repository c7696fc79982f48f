import type { DeliveryView } from "../../domain/ledger/index.ts";
import type { Fence } from "../../ports/commit.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { Health } from "../sql/health.ts";
import type { WriteSets } from "./append-statements.ts";
import { changedTo, pendingOf, settledOf, type RowOf } from "./delivery-rows.ts";
import type { SqlValue, SqlValues } from "./statement.ts";

/** What becomes of a delivery's row. */
export interface DeliveryChange {
  readonly view: DeliveryView;
  readonly before: DeliveryView | null;
  readonly isQueued: boolean;
}

/**
 * What one statement writes of a batch. Deliveries and fences are keyed by the delivery's id, health by the webhook's.
 */
export interface Written {
  readonly events: readonly RowOf<"events">[];
  readonly messages: readonly StoredMessage[];
  readonly responses: readonly RowOf<"responses">[];
  readonly deliveries: ReadonlyMap<string, DeliveryChange>;
  readonly health: ReadonlyMap<string, Health>;
  readonly fences: ReadonlyMap<string, Fence>;
  /** The revision of the webhooks on which the batch was decided; null if on none. */
  readonly revision: number | null;
}

/** Returns the values of that statement's parameters. */
export function statementValues(
  { events, messages, responses, deliveries, health, fences, revision }: Written,
  sets: WriteSets,
): SqlValues {
  const scheduled: DeliveryView[] = [];
  const changed: RowOf<"changed">[] = [];
  const pending: RowOf<"pending">[] = [];
  const settled: RowOf<"settled">[] = [];
  const moved: string[] = [];
  // By id, the order in which rows are locked everywhere.
  for (const { view, before, isQueued } of [...deliveries.values()].sort(byId)) {
    const fence = fences.get(view.deliveryId);
    if (before === null) scheduled.push(view);
    else changed.push(changedTo(view, before.version));
    // Nobody holds a delivery that has no row in the queue. The fence would stay in its new row as a lease.
    if (view.state === "pending") {
      pending.push(...pendingOf(view, isQueued ? fence : undefined));
      if (isQueued) moved.push(view.deliveryId);
    } else if (isQueued) settled.push(settledOf(view, fence));
  }
  const attempted = [...health].map(([webhookId, state]) => ({ webhookId, ...state }));
  const values: Record<string, SqlValue> = {
    succeededIds: attempted.filter(({ succeeded }) => succeeded).map(({ webhookId }) => webhookId),
    heldIds: settled.length > 0 && moved.length > 0 ? [...settled.map(({ deliveryId }) => deliveryId), ...moved] : [],
    changedCount: changed.length,
    pendingCount: pending.length,
    settledCount: settled.length,
    revision,
  };
  const rows = [
    sets.events.values(events),
    sets.messages.values(messages),
    sets.scheduled.values(scheduled),
    sets.changed.values(changed),
    sets.pending.values(pending),
    sets.settled.values(settled),
    sets.responses.values(responses),
    sets.failing.values(attempted),
  ];
  // Not by spreading: for so many names that takes ten times as long.
  for (const ofSet of rows) Object.assign(values, ofSet);
  return values;
}

function byId({ view: left }: DeliveryChange, { view: right }: DeliveryChange): number {
  return left.deliveryId < right.deliveryId ? -1 : 1;
}
