import { z } from "zod";
import type { Outcome, PortCall } from "../around-calls.ts";

export interface SeenClaim {
  readonly owner: string;
  readonly now: number;
  readonly leaseUntil: number;
  readonly deliveryIds: readonly string[];
}

export interface SeenRelease {
  readonly owner: string;
  readonly deliveryIds: readonly string[];
}

const claimGiven = z.object({ owner: z.string(), now: z.number(), leaseUntil: z.number() });
const claimed = z.array(z.object({ delivery: z.object({ deliveryId: z.string() }) }));
const releaseGiven = z.tuple([z.string(), z.array(z.string())]);

/** What a call leased, if its arguments and its answer are those of a claim; otherwise null. */
export function claimIn({ given }: PortCall, outcome: Outcome): SeenClaim | null {
  if (outcome.isErr()) return null;
  const asked = claimGiven.safeParse(given[0]);
  const got = claimed.safeParse(outcome.value);
  if (!asked.success || !got.success) return null;
  return { ...asked.data, deliveryIds: got.data.map(({ delivery }) => delivery.deliveryId) };
}

/** What a call released, if it was a release; otherwise null. */
export function releaseIn({ name, given }: PortCall, outcome: Outcome): SeenRelease | null {
  if (outcome.isErr() || name !== "queue.release") return null;
  const [owner, deliveryIds] = releaseGiven.parse(given);
  return { owner, deliveryIds };
}
