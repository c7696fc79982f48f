import { Result } from "neverthrow";
import { isDeepStrictEqual } from "node:util";
import type { RecordedEvent } from "../../domain/ledger/index.ts";
import { wholeStream, type DamagedEvent } from "../../ports/ledger-reader.ts";
import type { Difference, Projections, Verification } from "../../ports/projections.ts";
import type { Door } from "./door.ts";
import { project } from "./project.ts";
import { clearProjectedState, createProjectedState, type ProjectedState, type State } from "./state.ts";
import { followPause } from "./write-values.ts";

export function createProjections(state: State, door: Door): Projections {
  return {
    rebuild: () => door.enter(() => rebuild(state)).andThen((rebuilt) => rebuilt),
    verify: () => door.enter(() => verify(state)).andThen((verified) => verified),
  };
}

function rebuild(state: State): Result<{ readonly events: number }, DamagedEvent> {
  return wholeStreams(state).map((streams) => {
    clearProjectedState(state.projected);
    projectAll(state.projected, streams);
    for (const webhookId of [...state.projected.webhooks.keys(), ...state.queues.keys()]) followPause(state, webhookId);
    state.revision += 1;
    return { events: state.events.length };
  });
}

function verify(state: State): Result<Verification, DamagedEvent> {
  return wholeStreams(state).map((streams) => {
    const expected = createProjectedState();
    projectAll(expected, streams);
    const differences = [
      ...compare("webhooks", expected.webhooks, state.projected.webhooks),
      ...compare("deliveries", expected.deliveries, state.projected.deliveries),
      ...compare("queue", queueRows(expected), queueRows(state.projected)),
    ];
    return { events: state.events.length, differences };
  });
}

type Streams = readonly (readonly RecordedEvent[])[];

/** A stream's place in the map is that of its first event in the ledger. */
function wholeStreams({ streams }: State): Result<Streams, DamagedEvent> {
  return Result.combine([...streams.values()].map(wholeStream));
}

function projectAll(projected: ProjectedState, streams: Streams): void {
  for (const stream of streams) project(projected, stream);
}

function queueRows({ pending }: ProjectedState): ReadonlyMap<string, object> {
  const rows = new Map<string, object>();
  for (const [id, { delivery }] of pending) rows.set(id, { webhookId: delivery.webhookId, dueAt: delivery.dueAt });
  return rows;
}

function compare(
  projection: Difference["projection"],
  expected: ReadonlyMap<string, object>,
  actual: ReadonlyMap<string, object>,
): Difference[] {
  const differences: Difference[] = [];
  for (const id of new Set([...expected.keys(), ...actual.keys()])) {
    const [right, found] = [expected.get(id), actual.get(id)];
    if (isDeepStrictEqual(right, found)) continue;
    differences.push({ projection, id, expected: right ? { ...right } : null, actual: found ? { ...found } : null });
  }
  return differences;
}
