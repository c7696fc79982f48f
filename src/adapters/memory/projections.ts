import { isDeepStrictEqual } from "node:util";
import type { Difference, Projections } from "../../ports/projections.ts";
import type { Door } from "./door.ts";
import { project } from "./project.ts";
import { clearProjectedState, createProjectedState, type ProjectedState, type State } from "./state.ts";

export function createProjections(state: State, door: Door): Projections {
  return {
    rebuild: () =>
      door.enter(() => {
        clearProjectedState(state.projected);
        replayInto(state.projected, state);
        state.revision += 1;
        return { events: state.events.length };
      }),
    verify: () =>
      door.enter(() => {
        const expected = createProjectedState();
        replayInto(expected, state);
        const differences = [
          ...compare("webhooks", expected.webhooks, state.projected.webhooks),
          ...compare("deliveries", expected.deliveries, state.projected.deliveries),
        ];
        return { events: state.events.length, differences };
      }),
  };
}

/** Stream by stream: a stream's place in the map is that of its first event in the ledger. */
function replayInto(projected: ProjectedState, { streams }: State): void {
  for (const stream of streams.values()) project(projected, stream);
}

function compare<Row extends object>(
  projection: Difference["projection"],
  expected: ReadonlyMap<string, Row>,
  actual: ReadonlyMap<string, Row>,
): Difference[] {
  const differences: Difference[] = [];
  for (const id of new Set([...expected.keys(), ...actual.keys()])) {
    const [right, found] = [expected.get(id), actual.get(id)];
    if (isDeepStrictEqual(right, found)) continue;
    differences.push({ projection, id, expected: columns(right), actual: columns(found) });
  }
  return differences;
}

function columns(row: object | undefined): Readonly<Record<string, unknown>> | null {
  return row === undefined ? null : Object.fromEntries(Object.entries(row));
}
