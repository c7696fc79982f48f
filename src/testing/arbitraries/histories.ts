import fc from "fast-check";
import type { Decider } from "../../domain/decider.ts";

/**
 * Returns the events that `commands` cause one after the other. A command that is refused, or already so, causes none.
 */
export function historyOf<State, Command, Event>(
  decider: Decider<State, Command, Event, unknown>,
  commands: readonly Command[],
): readonly Event[] {
  const history: Event[] = [];
  let state = decider.initialState;
  for (const each of commands) {
    const events = decider.decide(each, state).unwrapOr([]);
    history.push(...events);
    state = events.reduce(decider.evolve, state);
  }
  return history;
}

/** Returns an arbitrary of long lists. Left to itself, fast-check prefers short ones, in which little can happen. */
export function commandLists<Command>(
  first: fc.Arbitrary<Command>,
  others: fc.Arbitrary<Command>,
): fc.Arbitrary<readonly Command[]> {
  const beginnings = fc.oneof(
    { weight: 9, arbitrary: first.map((begun) => [begun]) },
    { weight: 1, arbitrary: fc.constant([]) },
  );
  return fc.tuple(beginnings, fc.array(others, { maxLength: 30, size: "max" })).map((parts) => parts.flat());
}
