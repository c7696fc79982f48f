/** Resolves when everything that waits only for other promises has gone on; timers and sockets don't count. */
export function promisesSettled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
