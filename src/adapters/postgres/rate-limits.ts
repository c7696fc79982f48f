import { sql, type SQL } from "drizzle-orm";
import { RATE_LIMITS } from "../../domain/delivery/index.ts";
import type { Tables } from "./tables.ts";

const least = sql.raw(String(RATE_LIMITS.least));
const most = sql.raw(String(RATE_LIMITS.most));
/** The limit in the row `h`. One in a damaged row, such as 0, would otherwise stop the claims for all webhooks. */
const rate = sql`greatest(${least}, least(h.rate_limit_per_second, ${most}))`;

/** What `burstOf` says of the rate limit in the row `h`; null if there is none. */
export const burst = sql`case when h.rate_limit_per_second is not null then greatest(1, floor(${rate} / 10)) end`;

/**
 * The webhooks in the line that have a rate limit and may be served now. Each one's row stays locked until the claim's
 * transaction ends, so no other claim serves it meanwhile. Those that others have locked are left to them. Those whose
 * limit has ended since the claim looked at it are left to the next claim.
 */
export function admitted(health: Tables["health"], now: SQL): SQL {
  return sql`admitted as materialized (
      select h.webhook_id from ${health} as h
      where h.webhook_id in (select line.webhook_id from line where line.burst is not null)
        and h.rate_limit_per_second is not null and h.paused_until <= ${now}
      for update skip locked
    )`;
}

/** Lets those webhooks wait for as long as what was leased takes by their limits: `nextWithinLimit`. */
export function paced(health: Tables["health"], now: SQL): SQL {
  return sql`paced as (
      update ${health} as h set paused_until = ${now} + ceil(taken.count * 1000 / ${rate})::bigint
      from (select leased.webhook_id, count(*) as count from leased group by leased.webhook_id) as taken
      where h.webhook_id = taken.webhook_id and h.webhook_id in (select webhook_id from admitted)
    )`;
}
