import type { EpochMs } from "../../domain/instant.ts";

/** The furthest that a `Date` reaches from 1970, ECMA-262 section 21.4.1.1. */
const FURTHEST_MS = 8.64e15;

/** Whether a time of a row's can be shown. */
export function isWithinDates(time: EpochMs): boolean {
  return Math.abs(time) <= FURTHEST_MS;
}
