import { ResultAsync } from "neverthrow";
import type { DeliveryQueue } from "../../ports/delivery-queue.ts";
import { tried } from "./connections.ts";
import type { createClaim } from "./claim.ts";
import type { GroupCommit } from "./group-commit.ts";

/**
 * One claim at a time, after the appends that were asked for before it: an outcome that pauses or deactivates a webhook is to be seen
 * by the claim that its slot makes.
 */
export function createClaimLane(
  claim: ReturnType<typeof createClaim>,
  { beforeUs }: GroupCommit,
): { readonly claim: DeliveryQueue["claim"]; readonly drained: () => Promise<unknown> } {
  let last: Promise<unknown> = Promise.resolve();
  return {
    claim(ask) {
      const before = Promise.all([last, beforeUs()]);
      const claiming = before.then(() => tried(() => claim(ask())));
      last = claiming.catch(() => undefined);
      return new ResultAsync(claiming);
    },
    drained: () => last,
  };
}
