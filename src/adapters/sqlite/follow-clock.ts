import { and, gt, lte } from "drizzle-orm";
import type { EpochMs } from "../../domain/instant.ts";
import { prepareHot } from "./hot-statement.ts";
import { parameter } from "./parameter.ts";
import { queues } from "./projected-tables.ts";
import type { Session } from "./session.ts";

/** Clocks are corrected by less than this all the time, and nobody waits for longer than this because of it. */
const TOLERANCE_MS = 1000;

/**
 * Turns are times of the clock by which claims were made. If the clock is set back, the turns that it gave before lie
 * in the future, and webhooks with due deliveries would wait for them. A turn that is too early does no harm: the next
 * claim puts it right. The clock may have been set back while no process ran, so the first claim brings turns forward
 * too.
 */
export function createFollowClock({ orm, prepare, gather }: Session): (now: EpochMs) => void {
  const now = parameter("now");
  const bringForward = prepareHot(
    prepare,
    orm
      .update(queues)
      .set({ turnAt: now })
      .where(and(gt(queues.turnAt, now), lte(queues.pausedUntil, now))),
  );
  let latest = Number.POSITIVE_INFINITY;
  /** The value when the turns were last on disk. A transaction that fails takes the turns back, and this with them. */
  let kept = latest;
  gather({
    settle: () => undefined,
    forget(isKept) {
      if (isKept) kept = latest;
      else latest = kept;
    },
  });
  return (present) => {
    if (present < latest - TOLERANCE_MS) bringForward.run({ now: present });
    latest = present;
  };
}
