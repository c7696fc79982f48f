import { Result } from "neverthrow";

/** `JSON.parse` whose error is a value. The error does not say what is wrong: the text may be a secret. */
export const parseJson: (text: string) => Result<unknown, null> = Result.fromThrowable(
  (text: string): unknown => JSON.parse(text),
  () => null,
);
