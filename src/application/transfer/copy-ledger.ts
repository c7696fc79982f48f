import { err, ok, safeTry, type ResultAsync } from "neverthrow";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { Logger } from "../../ports/logger.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { StoredResponse } from "../../ports/response-store.ts";
import type { StoredSecret } from "../../ports/secret-store.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Storage } from "../../ports/storage.ts";
import { reportProgress } from "../report-progress.ts";

/** What was copied, by this call or one before. */
export interface Copied {
  readonly events: number;
  readonly messages: number;
  readonly secrets: number;
  readonly responses: number;
}

/** The two do not hold the same: somebody has written to one of them, or the target held something else before. */
export interface CopyDiffers {
  readonly type: "CopyDiffers";
  readonly what: "events" | "messages" | "secrets" | "responses" | "projections";
  readonly message: string;
}

export type CopyError = ReadError | CopyDiffers;

interface Copying {
  readonly from: Storage;
  readonly to: Storage;
  readonly logger: Logger;
  readonly onProgress: ((soFar: Copied) => unknown) | undefined;
}

const PAGE = 500;

type ResponseKey = Pick<StoredResponse, "deliveryId" | "attempt">;
const BEFORE_RESPONSES: ResponseKey = { deliveryId: "", attempt: 0 };

/**
 * Copies a ledger with all that belongs to it, in steps. Called again after it was broken off, it goes on where it was. At the end the
 * target's projections are built from its ledger, and both sides are verified and compared.
 */
export function copyLedger({ from, to, logger, onProgress }: Copying): ResultAsync<Copied, CopyError> {
  return safeTry<Copied, CopyError>(async function* () {
    let soFar: Copied = { events: 0, messages: 0, secrets: 0, responses: 0 };
    const count = (what: keyof Copied, by: number): void => {
      soFar = { ...soFar, [what]: soFar[what] + by };
      if (onProgress !== undefined) reportProgress(logger, onProgress, soFar);
    };

    const begun = yield* to.reader.settledPosition();
    yield* compareEvents(from, to, begun);
    for (let after = 0; ;) {
      const events = yield* from.reader.readAll({ after, limit: PAGE });
      const last = events.at(-1);
      if (last === undefined) break;
      if (last.position > begun) yield* to.transfer.restore({ events });
      after = last.position;
      count("events", events.length);
    }
    for (let after = ""; ;) {
      const messages = yield* from.transfer.messages(after, PAGE);
      const last = messages.at(-1);
      if (last === undefined) break;
      yield* to.transfer.restore({ messages });
      after = last.messageId;
      count("messages", messages.length);
    }
    for (let after = ""; ;) {
      const secrets = yield* from.transfer.secrets(after, PAGE);
      const last = secrets.at(-1);
      if (last === undefined) break;
      yield* to.transfer.restore({ secrets });
      after = last.secretId;
      count("secrets", secrets.length);
    }
    for (let after: ResponseKey = BEFORE_RESPONSES; ;) {
      const responses = yield* from.transfer.responses(after, PAGE);
      const last = responses.at(-1);
      if (last === undefined) break;
      yield* to.transfer.restore({ responses });
      after = last;
      count("responses", responses.length);
    }
    const checkpoints = yield* from.transfer.checkpoints();
    const settled = yield* from.reader.settledPosition();
    const lastPosition = Math.max(settled, ...checkpoints.map(({ position }) => position));
    yield* to.transfer.restore({ checkpoints, lastPosition });

    yield* to.projections.rebuild();
    yield* compareEvents(from, to, Number.MAX_SAFE_INTEGER);
    yield* compareRows("messages", from, to, ({ transfer }, last: StoredMessage | undefined) =>
      transfer.messages(last?.messageId ?? "", PAGE),
    );
    yield* compareRows("secrets", from, to, ({ transfer }, last: StoredSecret | undefined) =>
      transfer.secrets(last?.secretId ?? "", PAGE),
    );
    yield* compareRows("responses", from, to, ({ transfer }, last: StoredResponse | undefined) =>
      transfer.responses(last ?? BEFORE_RESPONSES, PAGE),
    );
    for (const [side, storage] of Object.entries({ source: from, target: to })) {
      const { differences } = yield* storage.projections.verify();
      if (differences.length > 0) return err(differs("projections", `${side} differ from its ledger; rebuild them`));
    }
    return ok(soFar);
  });
}

/** Whether both hold the same events up to a position. */
function compareEvents(from: Storage, to: Storage, upTo: number): ResultAsync<unknown, CopyError> {
  return safeTry<unknown, CopyError>(async function* () {
    for (let after = 0; after < upTo;) {
      const there = yield* to.reader.readAll({ after, limit: PAGE });
      const here = yield* from.reader.readAll({ after, limit: PAGE });
      const wanted = here.filter(({ position }) => position <= upTo);
      const index = wanted.findIndex((event, at) => textOf(event) !== textOf(there[at]));
      const odd = wanted[index] ?? there[wanted.length];
      if (odd !== undefined) return err(differs("events", `differ at position ${odd.position}`));
      const last = wanted.at(-1);
      if (last === undefined) break;
      after = last.position;
    }
    return ok();
  });
}

/** Page by page, beside each other. What is in them is not told: it may be secret. */
function compareRows<Row extends object>(
  what: CopyDiffers["what"],
  from: Storage,
  to: Storage,
  pageAfter: (side: Storage, last: Row | undefined) => ResultAsync<readonly Row[], StorageError>,
): ResultAsync<unknown, CopyError> {
  return safeTry<unknown, CopyError>(async function* () {
    for (let last: Row | undefined; ;) {
      const here: readonly Row[] = yield* pageAfter(from, last);
      const there: readonly Row[] = yield* pageAfter(to, last);
      const odd = here.findIndex((row, at) => textOf(row) !== textOf(there[at]));
      if (odd !== -1) return err(differs(what, "differ; empty the target, and copy again"));
      if (there.length > here.length) return err(differs(what, "are more in the target"));
      last = here.at(-1);
      if (last === undefined) return ok();
    }
  });
}

/** The same members in the same order, whichever storage they come from. */
function textOf(row: object | undefined): string {
  return JSON.stringify(row && Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function differs(what: CopyDiffers["what"], how: string): CopyDiffers {
  return { type: "CopyDiffers", what, message: `the ${what} of the source and the target ${how}` };
}
