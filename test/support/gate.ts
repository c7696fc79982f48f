export interface Gate<T> {
  readonly opened: Promise<T>;
  open(value: T): void;
}

/** A promise that the test resolves: whatever waits for it stands still until then. */
export function createGate<T>(): Gate<T> {
  let open: (value: T) => void = () => undefined;
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open: (value) => open(value) };
}
