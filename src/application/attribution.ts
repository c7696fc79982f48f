import { ok, type Result } from "neverthrow";
import type { InvalidInput } from "../domain/invalid-input.ts";
import type { EventMetadata } from "../domain/ledger/index.ts";
import type { NamesOf } from "../domain/known-names.ts";
import { checkName } from "../domain/webhook/index.ts";

/** Who is behind a call that changes something by hand. */
export interface Attribution {
  /** Who does it, for the ledger: it stands in the metadata of the events that the call writes, as `actor`. 1 to 200 characters. */
  readonly actor?: string | undefined;
}

export const attributionNames: NamesOf<Attribution> = { actor: true };

/** For the metadata of the events that somebody's change comes to. */
export function actorMetadata(actor: unknown): Result<EventMetadata, InvalidInput> {
  return actor === undefined ? ok({}) : checkName("actor", actor).map((name) => ({ actor: name }));
}
