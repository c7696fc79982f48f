import { err, ok, type Result } from "neverthrow";
import type { DamagedEvent } from "../../ports/ledger-reader.ts";
import type { Difference, Projections, Verification } from "../../ports/projections.ts";
import { compareStream, deliveryComparison, straysOf, webhookComparison } from "./compare-row.ts";
import { createReadStreams } from "./read-streams.ts";
import type { Session } from "./session.ts";

/**
 * Replays stream by stream through the domain's own folds, which share nothing with the statements that keep the
 * projections, and looks each row up. Then it asks for the rows whose stream was not among them.
 */
export function createVerify({ orm, snapshot }: Session): Projections["verify"] {
  const readStreams = createReadStreams(orm);
  const comparisons = [webhookComparison(orm), deliveryComparison(orm)];

  function verify(): Result<Verification, DamagedEvent> {
    const differences: Difference[] = [];
    let events = 0;
    for (const stream of readStreams()) {
      if (stream.isErr()) return err(stream.error);
      events += stream.value.events.length;
      for (const comparison of comparisons) {
        const difference = compareStream(comparison, stream.value);
        if (difference !== null) differences.push(difference);
      }
    }
    return ok({ events, differences: [...differences, ...comparisons.flatMap(straysOf)] });
  }

  return () => snapshot(verify);
}
