/** Milliseconds since 1970-01-01T00:00:00Z. Commands, states and tables use this form of time. */
export type EpochMs = number;

/**
 * An instant for people to read: ISO 8601 in UTC with milliseconds. Events and the public API use this form of time.
 */
export type IsoInstant = string;

/** The furthest instant from 1970 that a `Date` can hold (ECMA-262, section 21.4.1.1). */
export const FURTHEST_MS = 8.64e15;

/** Whether a `Date` can hold the instant. */
export function isWithinDates(instant: EpochMs): boolean {
  return Math.abs(instant) <= FURTHEST_MS;
}

export function toIso(instant: EpochMs): IsoInstant {
  return new Date(instant).toISOString();
}

export function fromIso(instant: IsoInstant): EpochMs {
  return Date.parse(instant);
}
