import { err, ok, ResultAsync, type Result } from "neverthrow";
import { isString, type Guard } from "../../domain/guards.ts";
import type { CipherFailed, SecretCipher } from "../../ports/secret-cipher.ts";
import type { Dependencies } from "../dependencies.ts";
import { isCipherFailed, isEncryptedValue } from "../check-answer.ts";
import { nameOf } from "../error-facts.ts";
import { inTime } from "../in-time.ts";

/**
 * Guards the application's own cipher, which may have a bug. If it throws, never answers, or gives an answer that its
 * port does not allow, it has failed like one that says so: a value that it did not encrypt must not be stored. The
 * message leaves out what it threw or answered, since that may hold the value.
 */
export function guardCipher(
  cipher: SecretCipher,
  { clock, request: { timeoutSeconds } }: Pick<Dependencies, "clock" | "request">,
): SecretCipher {
  async function answerOf<T>(
    call: () => ResultAsync<T, CipherFailed>,
    isWanted: Guard<T>,
    wanted: string,
  ): Promise<Result<T, CipherFailed>> {
    try {
      const answer = await inTime(clock, timeoutSeconds, call(), () =>
        err(cipherFailed(`the cipher did not answer within ${timeoutSeconds} s`, true)),
      );
      // An answer that is no Result throws here, and not further on.
      return answer
        .andThen((value) =>
          isWanted(value) ? ok(value) : err(cipherFailed(`the cipher did not answer with ${wanted}`, false)),
        )
        .mapErr((error) =>
          isCipherFailed(error) ? error : cipherFailed("the cipher answered with a malformed error", false),
        );
    } catch (thrown) {
      return err(cipherFailed(`the cipher threw (${nameOf(thrown)})`, false, thrown));
    }
  }

  return {
    get keyId() {
      return cipher.keyId;
    },
    encrypt: (text, place) =>
      new ResultAsync(answerOf(() => cipher.encrypt(text, place), isEncryptedValue, "an encrypted value")),
    decrypt: (encrypted, place) =>
      new ResultAsync(answerOf(() => cipher.decrypt(encrypted, place), isString, "a text")),
  };
}

function cipherFailed(message: string, retryable: boolean, cause?: unknown): CipherFailed {
  return { type: "CipherFailed", retryable, message, cause };
}
