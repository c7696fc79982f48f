/** Milliseconds since 1970-01-01T00:00:00Z. Commands, states and tables count time so. */
export type EpochMs = number;

/** An instant as people read it, ISO 8601 in UTC with milliseconds. Events and the public API show time so. */
export type IsoInstant = string;

/** The furthest that a `Date` reaches from 1970, ECMA-262 section 21.4.1.1. */
export const FURTHEST_MS = 8.64e15;

/** Whether the instant can be shown. */
export function isWithinDates(instant: EpochMs): boolean {
  return Math.abs(instant) <= FURTHEST_MS;
}

export function toIso(instant: EpochMs): IsoInstant {
  return new Date(instant).toISOString();
}

export function fromIso(instant: IsoInstant): EpochMs {
  return Date.parse(instant);
}
