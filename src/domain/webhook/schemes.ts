import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../invalid-input.ts";
import { signingSchemes, type SigningScheme } from "../signing/scheme.ts";
import type { KeyPairReference } from "./events.ts";

/** Accepts one or more schemes, each once; `v1a` only if there is a key pair to sign with. */
export function checkSchemes(
  schemes: unknown,
  keyPair: KeyPairReference | null,
): Result<readonly SigningScheme[], InvalidInput> {
  return parseSchemes(schemes).andThen((known) =>
    known.includes("v1a") && keyPair === null
      ? err(invalidInput("schemes", "must not include v1a if the webhook has no key pair", schemes))
      : ok(known),
  );
}

export function parseSchemes(schemes: unknown): Result<readonly SigningScheme[], InvalidInput> {
  const given: ReadonlySet<unknown> = new Set(Array.isArray(schemes) ? schemes : []);
  const known = signingSchemes.filter((scheme) => given.has(scheme));
  return known.length > 0 && known.length === given.size
    ? ok(known)
    : err(invalidInput("schemes", `must be one or more of ${signingSchemes.join(", ")}`, schemes));
}
