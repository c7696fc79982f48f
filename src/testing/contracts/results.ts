import type { Result } from "neverthrow";

interface Failure {
  readonly type: string;
  readonly message: string;
}

type Outcome<T, E> = Result<T, E> | PromiseLike<Result<T, E>>;

/** Returns the value. If the call failed, fails the test with its error. */
export async function valueOf<T, E extends Failure>(outcome: Outcome<T, E>): Promise<T> {
  return (await outcome).match(
    (value) => value,
    (error) => {
      throw new Error(`${error.type}: ${error.message}`, { cause: error });
    },
  );
}

/** Returns the error. If the call succeeded, fails the test. */
export async function errorOf<T, E>(outcome: Outcome<T, E>): Promise<E> {
  return (await outcome).match(
    (value) => {
      throw new Error("an error was expected, and the call succeeded", { cause: value });
    },
    (error) => error,
  );
}
