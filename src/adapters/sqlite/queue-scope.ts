import { and, inArray, notInArray, sql, type SQL } from "drizzle-orm";
import type { QueueScope } from "../../ports/delivery-queue.ts";
import { deliveries } from "./schema.ts";

/** Which conditions a scope has. The lists themselves are parameters, as JSON: one statement takes any length. */
export interface ScopeShape {
  readonly some: boolean;
  readonly except: boolean;
}

export function scopeShape({ deliveryIds, exceptWebhookIds }: QueueScope): ScopeShape {
  return { some: deliveryIds !== undefined, except: exceptWebhookIds !== undefined };
}

export function scopeParameters({
  deliveryIds = [],
  exceptWebhookIds = [],
}: QueueScope): Readonly<Record<string, string>> {
  return { deliveryIds: JSON.stringify(deliveryIds), exceptWebhookIds: JSON.stringify(exceptWebhookIds) };
}

/**
 * The pending deliveries of a scope. The word `pending` stands in the statement, not in a parameter, so that the
 * index of what is due applies. A scope that names deliveries is looked up by their ids instead: the `+` hides the
 * state from the planner, which would otherwise walk everything that is due to find a few.
 */
export function pendingIn({ some, except }: ScopeShape): SQL | undefined {
  const { state, deliveryId, webhookId } = deliveries;
  return and(
    some ? sql`+${state} = 'pending'` : sql`${state} = 'pending'`,
    some ? inArray(deliveryId, list("deliveryIds")) : undefined,
    except ? notInArray(webhookId, list("exceptWebhookIds")) : undefined,
  );
}

function list(parameter: string): SQL {
  return sql`(select value from json_each(${sql.placeholder(parameter)}))`;
}
