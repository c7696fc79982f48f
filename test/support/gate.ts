export interface Gate<T> {
  readonly opened: Promise<T>;
  open(value: T): void;
}

/** A promise that is resolved from outside: what waits behind it stands still until the test lets it through. */
export function createGate<T>(): Gate<T> {
  let open: (value: T) => void = () => undefined;
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open: (value) => open(value) };
}
