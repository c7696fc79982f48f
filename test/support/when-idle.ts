/** Resolves when everything that waits only for promises has gone on, without waiting for timers or sockets. */
export function promisesSettled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
