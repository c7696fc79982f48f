import { and, asc, count, desc, eq, gt, inArray, lt, sql, type SQL } from "drizzle-orm";
import { byCodePoint } from "../../domain/by-code-point.ts";
import type { DeliveryStatus } from "../../domain/delivery/index.ts";
import { BEYOND_ALL_IDS, type DeliveryFilter } from "../../ports/delivery-read-model.ts";
import type { DeliveryRow } from "../sql/delivery-row.ts";
import { MOST_SORTED } from "../sql/most-sorted.ts";
import type { Orm } from "./connection.ts";
import { deliveries, deliveryColumns } from "./projected-tables.ts";

interface PageFilter extends Omit<DeliveryFilter, "webhookIds"> {
  readonly webhookId?: string;
  /** The page ends before this delivery. */
  readonly until?: string | undefined;
}

/** A way to a page's deliveries in one state, or in any. */
interface Walk {
  readonly state: DeliveryStatus | undefined;
  /** The index that SQLite would not choose by itself. */
  readonly index: "due" | "webhook_ended" | "message" | null;
}

/**
 * Reads pages of deliveries, by id, each by one statement: it merges a walk for each state. What is pending or has
 * ended is looked for where it is indexed, and otherwise along the ids: most deliveries are delivered, so those are
 * soon found. A message has few deliveries, whatever their states.
 */
export function createDeliveryPages(orm: Orm): (filter: DeliveryFilter) => readonly DeliveryRow[] {
  const { deliveryId, webhookId, messageId } = deliveries;
  const isWebhook = eq(webhookId, sql.placeholder("webhookId"));
  const isMessage = eq(messageId, sql.placeholder("messageId"));
  const limit = sql.placeholder("limit");
  const pages = new Map<string, ReturnType<typeof preparePage>>();
  const pendingOfAll = preparePending();
  const pendingOfOne = preparePending(isWebhook);

  /** One statement for each set of fields that a filter has, so that each can use its index. */
  function preparePage(filter: PageFilter, walks: readonly Walk[]) {
    const inOrder = filter.newestFirst === true ? desc(deliveryId) : asc(deliveryId);
    const idsAlong = ({ state, index }: Walk) => {
      const isOnPage = and(
        filter.webhookId === undefined ? undefined : isWebhook,
        filter.messageId === undefined ? undefined : isMessage,
        state === undefined ? undefined : isState(state),
        gt(deliveryId, sql.placeholder("low")),
        lt(deliveryId, sql.placeholder("high")),
      );
      const by = index === null ? sql`` : sql`indexed by ${sql.identifier(`hookledger_deliveries_${index}`)}`;
      const ids = sql`select ${deliveryId} from ${deliveries} ${by} where ${isOnPage} order by ${inOrder} limit ${limit}`;
      return sql`select * from (${ids})`;
    };
    const ids = sql.join(walks.map(idsAlong), sql` union all `);
    const page = orm.select(deliveryColumns).from(deliveries);
    return page
      .where(inArray(deliveryId, sql`(${ids})`))
      .orderBy(inOrder)
      .limit(limit)
      .prepare();
  }

  function preparePending(isIt?: SQL) {
    const pending = orm
      .select({ deliveryId })
      .from(deliveries)
      .where(and(isState("pending"), isIt));
    const most = pending.limit(MOST_SORTED + 1).as("most");
    return orm.select({ count: count() }).from(most).prepare();
  }

  function hasFewPending(id: string | undefined): boolean {
    const row = id === undefined ? pendingOfAll.get() : pendingOfOne.get({ webhookId: id });
    return row !== undefined && row.count <= MOST_SORTED;
  }

  function indexFor({ webhookId: id, messageId: ofMessage }: PageFilter, state: Walk["state"]): Walk["index"] {
    if (ofMessage !== undefined) return "message";
    if (state === "pending") return hasFewPending(id) ? "due" : null;
    return id !== undefined && (state === "exhausted" || state === "cancelled") ? "webhook_ended" : null;
  }

  function pageOf(filter: PageFilter): readonly DeliveryRow[] {
    const { webhookId: id, messageId: ofMessage, states, after, until, newestFirst = false } = filter;
    const [low = "", high = BEYOND_ALL_IDS] = newestFirst ? [until, after] : [after, until];
    const walks = [...new Set(states ?? [undefined])].map((state) => ({ state, index: indexFor(filter, state) }));
    if (walks.length === 0) return [];
    const ways = walks.map(({ state, index }) => `${state} ${index}`).join();
    const key = [id !== undefined, ofMessage !== undefined, newestFirst, ways].join();
    const page = pages.get(key) ?? preparePage(filter, walks);
    pages.set(key, page);
    return page.all({ ...filter, low, high });
  }

  return ({ webhookIds, ...filter }) => {
    if (webhookIds === undefined) return pageOf(filter);
    let first: readonly DeliveryRow[] = [];
    for (const id of new Set(webhookIds)) {
      // Once the page is full, only what comes before its last delivery can be part of it.
      const found = pageOf({ ...filter, webhookId: id, until: first[filter.limit - 1]?.deliveryId });
      if (found.length > 0) first = [...first, ...found].sort(inOrderOf(filter)).slice(0, filter.limit);
    }
    return first;
  };
}

/** Writes the state into the statement itself: SQLite uses a partial index only if it can see that it applies. */
function isState(state: DeliveryStatus): SQL {
  return sql`${deliveries.state} = ${sql.raw(`'${state}'`)}`;
}

function inOrderOf({ newestFirst = false }: Pick<DeliveryFilter, "newestFirst">) {
  const sign = newestFirst ? -1 : 1;
  return (one: DeliveryRow, other: DeliveryRow) => sign * byCodePoint(one.deliveryId, other.deliveryId);
}
