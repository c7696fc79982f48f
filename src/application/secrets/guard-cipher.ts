import { err, ResultAsync, type Result } from "neverthrow";
import type { CipherFailed, SecretCipher } from "../../ports/secret-cipher.ts";
import type { Dependencies } from "../dependencies.ts";
import { nameOf } from "../error-facts.ts";
import { inTime } from "../in-time.ts";

/**
 * The application's own cipher, which may have a bug: one that throws, that never answers, or that answers something else than a
 * Result, has failed, as one that says so. What it threw is not told, since it may hold the value.
 */
export function guardCipher(
  cipher: SecretCipher,
  { clock, request: { timeoutSeconds } }: Pick<Dependencies, "clock" | "request">,
): SecretCipher {
  async function answerOf<T>(call: () => ResultAsync<T, CipherFailed>): Promise<Result<T, CipherFailed>> {
    try {
      const answer = await inTime(clock, timeoutSeconds, call(), () =>
        err(cipherFailed(`the cipher did not answer within ${timeoutSeconds} s`, true)),
      );
      // What is no Result comes out here, and not further on.
      return answer.map((value) => value);
    } catch (thrown) {
      return err(cipherFailed(`the cipher threw (${nameOf(thrown)})`, false, thrown));
    }
  }

  return {
    get keyId() {
      return cipher.keyId;
    },
    encrypt: (text, place) => new ResultAsync(answerOf(() => cipher.encrypt(text, place))),
    decrypt: (encrypted, place) => new ResultAsync(answerOf(() => cipher.decrypt(encrypted, place))),
  };
}

function cipherFailed(message: string, retryable: boolean, cause?: unknown): CipherFailed {
  return { type: "CipherFailed", retryable, message, cause };
}
