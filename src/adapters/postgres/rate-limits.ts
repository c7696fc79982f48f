import { sql, type SQL } from "drizzle-orm";
import { RATE_LIMITS } from "../../domain/delivery/index.ts";
import type { Tables } from "./tables.ts";

const least = sql.raw(String(RATE_LIMITS.least));
const most = sql.raw(String(RATE_LIMITS.most));

/** What `burstOf` says of the rate limit; null if there is none. */
export function burst(rate: SQL): SQL {
  return sql`(case when ${rate} is not null then greatest(1, floor(${withinBounds(rate)} / 10)) end)::int`;
}

/**
 * The webhooks in the line that have a rate limit and may be served now. Each one's row stays locked until the claim's
 * transaction ends, so no other claim serves it meanwhile. Those that others have locked are left to them.
 */
export function admitted(health: Tables["health"], now: SQL): SQL {
  return sql`admitted as materialized (
      select h.webhook_id from ${health} as h
      where h.webhook_id in (select line.webhook_id from line where line.rate is not null) and h.paused_until <= ${now}
      for update skip locked
    )`;
}

/**
 * Lets those webhooks wait for as long as what was leased takes by their limits: `nextWithinLimit`. A limit may have
 * been removed since the claim saw it, and before the claim locked its row.
 */
export function paced(health: Tables["health"], now: SQL): SQL {
  return sql`paced as (
      update ${health} as h set paused_until = ${now} + ceil(taken.count * 1000 / ${withinBounds(sql`h.rate_limit_per_second`)})::bigint
      from (select leased.webhook_id, count(*) as count from leased group by leased.webhook_id) as taken
      where h.webhook_id = taken.webhook_id and h.webhook_id in (select webhook_id from admitted)
        and h.rate_limit_per_second is not null
    )`;
}

/** A limit in a damaged row, such as 0, would otherwise stop the claims for all webhooks. */
function withinBounds(rate: SQL): SQL {
  return sql`greatest(${least}, least(${rate}, ${most}))`;
}
