import fc from "fast-check";
import { toIso } from "../../domain/instant.ts";

/** Milliseconds since 1970. */
export const instants: fc.Arbitrary<number> = fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 });

/** Names of event types: few, so that commands often ask for what is already so, and histories often turn back. */
export const eventTypes: fc.Arbitrary<string> = fc.constantFrom("memory.remembered", "memory.updated", "order.paid");

export const isoInstants = instants.map(toIso);

/** Returns an arbitrary of numbers from 0 to `max`, without negative zero, which JSON does not have. */
export function fraction(max: number): fc.Arbitrary<number> {
  return fc.double({ min: 0, max, noNaN: true }).map((value) => value + 0);
}

/** Returns an arbitrary of records with a `type` and its data, as commands and events are. */
export function tagged<const Type extends string, Data>(
  type: Type,
  data: { readonly [Name in keyof Data]: fc.Arbitrary<Data[Name]> },
) {
  return fc.record({ type: fc.constant(type), data: fc.record<Data>({ ...data }) });
}
