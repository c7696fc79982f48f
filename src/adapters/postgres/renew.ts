import { ok, ResultAsync } from "neverthrow";
import type { DeliveryQueue } from "../../ports/delivery-queue.ts";
import { renewStatement } from "./claim-statements.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Tables } from "./tables.ts";

/** Renews leases in the transaction of the appends that were asked for before it, as a claim leases. */
export function createRenew({ following }: Pick<GroupCommit, "following">, tables: Tables): DeliveryQueue["renew"] {
  const statement = renewStatement(tables);
  return (ask) =>
    new ResultAsync(following((connection) => connection.run(statement, { ...ask() }))).andThen(() => ok());
}
