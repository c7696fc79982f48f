import { ok, type Result } from "neverthrow";
import type { InvalidInput } from "../domain/invalid-input.ts";
import type { EventMetadata } from "../domain/ledger/index.ts";
import type { NamesOf } from "../domain/known-names.ts";
import { checkName } from "../domain/webhook/index.ts";

/** Who is behind a call that changes something by hand. */
export interface Attribution {
  /**
   * Who makes the change, 1 to 200 characters. The ledger keeps it in the metadata of the events that the call writes,
   * as `actor`.
   */
  readonly actor?: string | undefined;
}

export const attributionNames: NamesOf<Attribution> = { actor: true };

/** Makes the metadata for the events of a change made by hand. */
export function actorMetadata(actor: unknown): Result<EventMetadata, InvalidInput> {
  return actor === undefined ? ok({}) : checkName("actor", actor).map((name) => ({ actor: name }));
}
