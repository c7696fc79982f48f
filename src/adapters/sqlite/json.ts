import { Result } from "neverthrow";

export const parseJson: (text: string) => Result<unknown, null> = Result.fromThrowable(
  (text: string): unknown => JSON.parse(text),
  () => null,
);
