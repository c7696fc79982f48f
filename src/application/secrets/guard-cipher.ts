import { err, ResultAsync, type Result } from "neverthrow";
import type { CipherFailed, SecretCipher } from "../../ports/secret-cipher.ts";
import type { Dependencies } from "../dependencies.ts";
import { nameOf } from "../error-facts.ts";
import { inTime } from "../in-time.ts";

/**
 * Guards the application's own cipher, which may have a bug. If it throws, never answers, or answers with anything but
 * a Result, it has failed like one that says so. The message leaves out what it threw, since that may hold the value.
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
      // An answer that is no Result fails here, and not further on.
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
