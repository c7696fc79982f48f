import { err, ok, type Result } from "neverthrow";
import type { DamagedEvent } from "../../ports/ledger-reader.ts";
import type { Difference, Projections, Verification } from "../../ports/projections.ts";
import type { Orm } from "./connection.ts";
import { deliveryRows, queueRows, webhookRows } from "./projected-rows.ts";
import { readStreams } from "./read-streams.ts";
import type { Session } from "./session.ts";
import type { Steps } from "./snapshot.ts";

/**
 * Replays stream by stream through the domain's own folds, which share nothing with the statements that write the
 * projections, and looks each row up. Then it asks for the rows whose stream was not among them.
 */
export function createVerify({ snapshot }: Session): Projections["verify"] {
  return () => snapshot(verify);
}

function* verify(orm: Orm): Steps<Result<Verification, DamagedEvent>> {
  const projections = [webhookRows(orm), deliveryRows(orm), queueRows(orm)];
  const differences: Difference[] = [];
  let events = 0;
  for (const stream of readStreams(orm)) {
    if (stream.isErr()) return err(stream.error);
    events += stream.value.events.length;
    for (const { compare } of projections) {
      const difference = compare(stream.value);
      if (difference !== null) differences.push(difference);
    }
    yield;
  }
  for (const { strays } of projections) {
    for (const found of strays()) {
      differences.push(...found);
      yield;
    }
  }
  return ok({ events, differences });
}
