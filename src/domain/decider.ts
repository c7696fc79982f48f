import { ok, type Result } from "neverthrow";

/**
 * A pure decision maker over one stream.
 *
 * `decide` answers a command with the events that it causes: no events mean "already so", `Err` means refused. `evolve`
 * is total: it takes any event in any state. Time, ids and randomness arrive in the command.
 */
export interface Decider<State, Command, Event, Refusal> {
  readonly initialState: State;
  readonly decide: (command: Command, state: State) => Result<readonly Event[], Refusal>;
  readonly evolve: (state: State, event: Event) => State;
}

/** Returns the state after all of `events`. */
export function replay<State, Event>(
  decider: Pick<Decider<State, never, Event, unknown>, "initialState" | "evolve">,
  events: readonly Event[],
): State {
  return events.reduce(decider.evolve, decider.initialState);
}

/**
 * Decides commands one after the other, each in the state that the earlier ones led to. Returns all events, or the
 * first refusal.
 */
export function decideAll<State, Command, Event, Refusal>(
  decider: Decider<State, Command, Event, Refusal>,
  commands: readonly Command[],
  state: State,
): Result<readonly Event[], Refusal> {
  const events: Event[] = [];
  let current = state;
  for (const command of commands) {
    const decided = decider.decide(command, current);
    if (decided.isErr()) return decided;
    events.push(...decided.value);
    current = decided.value.reduce(decider.evolve, current);
  }
  return ok(events);
}
