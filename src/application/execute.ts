import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { decideAll, replay, type Decider } from "../domain/decider.ts";
import { streamId, type DomainEvent, type RecordedEvent, type StreamCategory } from "../domain/ledger/index.ts";
import { wholeStream, type ReadError } from "../ports/ledger-reader.ts";
import type { Commit, StreamAppend } from "../ports/commit.ts";
import type { VersionConflict } from "../ports/ledger-writer.ts";
import type { Dependencies } from "./dependencies.ts";
import { MOST_TRIES, refusedFor } from "./refused-append.ts";

/** A decider and the streams that it decides on. */
export interface Aggregate<State, Command, Event extends DomainEvent, Refusal> {
  readonly category: StreamCategory;
  readonly decider: Decider<State, Command, Event, Refusal>;
  readonly owns: (event: RecordedEvent) => event is RecordedEvent & RecordedEvent<Event>;
}

export interface Loaded<State, Event extends DomainEvent> {
  readonly state: State;
  /** 0 if there is no stream. */
  readonly version: number;
  readonly events: readonly RecordedEvent<Event>[];
}

/** `VersionConflict`: ten tries in a row lost their race. */
export type ExecuteError = ReadError | VersionConflict;

/** What goes into the same transaction as the events. */
export interface Accompaniment extends Pick<Commit, "secrets" | "health" | "metadata" | "fences"> {
  /**
   * Streams that the commit does not change but depends on, at these versions. If one has moved on, only the caller can
   * decide again.
   */
  readonly restsOn?: readonly StreamAppend[];
}

export function load<State, Command, Event extends DomainEvent, Refusal>(
  { storage }: Pick<Dependencies, "storage">,
  aggregate: Aggregate<State, Command, Event, Refusal>,
  id: string,
): ResultAsync<Loaded<State, Event>, ReadError> {
  return storage.reader.readStream(streamId(aggregate.category, id)).andThen((recorded) =>
    wholeStream(recorded).map((whole) => {
      const events = whole.filter(aggregate.owns);
      return { state: replay(aggregate.decider, events), version: events.length, events };
    }),
  );
}

/**
 * Loads, decides and appends. If another writer was first, does all three again, unless the commit depends on other
 * streams as well.
 *
 * @param accompaniment - a function if it depends on what was decided
 * @returns the events that were appended; none if the state was so already, or if somebody holds a lease that a fence
 * does not let pass
 */
export function execute<State, Command, Event extends DomainEvent, Refusal>(
  deps: Pick<Dependencies, "storage" | "clock">,
  aggregate: Aggregate<State, Command, Event, Refusal>,
  id: string,
  commands: readonly Command[],
  accompaniment: Accompaniment | ((events: readonly Event[]) => Accompaniment) = {},
  triesLeft = MOST_TRIES,
): ResultAsync<readonly Event[], Refusal | ExecuteError> {
  return load(deps, aggregate, id).andThen(({ state, version }) => {
    const decided = decideAll(aggregate.decider, commands, state);
    if (decided.isErr()) return errAsync<readonly Event[], Refusal | ExecuteError>(decided.error);
    const events = decided.value;
    if (events.length === 0) return okAsync(events);
    const append = { streamId: streamId(aggregate.category, id), expectedVersion: version, events };
    const { restsOn = [], ...alongside } = typeof accompaniment === "function" ? accompaniment(events) : accompaniment;
    return deps.storage.writer
      .append({ recordedAt: deps.clock.now(), streams: [append, ...restsOn], ...alongside })
      .map(() => events)
      .orElse((error) => (error.type === "LeaseLost" ? okAsync<readonly Event[]>([]) : errAsync(error)))
      .mapErr((error) => refusedFor(error, "VersionConflict"))
      .orElse((error) =>
        error.type === "VersionConflict" && restsOn.length === 0 && triesLeft > 1
          ? execute(deps, aggregate, id, commands, accompaniment, triesLeft - 1)
          : errAsync(error),
      );
  });
}
