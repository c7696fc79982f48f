import { err, ok, ResultAsync, type Result } from "neverthrow";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import { isObject } from "../../domain/guards.ts";
import { isPublicKey } from "../../domain/signing/index.ts";
import { signingFailed, type SigningFailed } from "../../ports/signer.ts";
import { isInvalidInput, isSigningFailed } from "../check-answer.ts";
import type { Dependencies } from "../dependencies.ts";
import { nameOf } from "../error-facts.ts";
import { inTime } from "../in-time.ts";

type Needs = Pick<Dependencies, "signer" | "clock" | "request">;
type Answer = Result<string, InvalidInput | SigningFailed>;

/**
 * Asks the signer for the public key. The signer may be the application's own, and have a bug. It has failed
 * (`SigningFailed`) if it throws, does not answer in time (closing waits for it), or answers with neither a public key
 * nor a proper error: an event with such a key could not be read again.
 */
export function publicKeyOf(deps: Needs, keyPair: string): ResultAsync<string, InvalidInput | SigningFailed> {
  return new ResultAsync(ask(deps, keyPair));
}

async function ask({ signer, clock, request: { timeoutSeconds } }: Needs, keyPair: string): Promise<Answer> {
  try {
    const answer = await inTime<Answer>(clock, timeoutSeconds, signer.publicKeyOf(keyPair), () =>
      err(signingFailed(`the signer did not answer within ${timeoutSeconds} s`)),
    );
    if (!isResult(answer)) return err(signingFailed("the signer did not answer with a Result"));
    return answer.match<Answer, Answer>(
      (key) => (isPublicKey(key) ? ok(key) : err(signingFailed("the signer did not answer with a public key"))),
      (error) =>
        err(
          isSigningFailed(error) || isInvalidInput(error)
            ? error
            : signingFailed("the signer answered with a malformed error"),
        ),
    );
  } catch (thrown) {
    return err(signingFailed(`the signer threw (${nameOf(thrown)})`, thrown));
  }
}

/** Checks for the method, because the application may have another copy of neverthrow than hookledger. */
function isResult(answer: unknown): boolean {
  return isObject(answer) && "match" in answer;
}
