/** Does one thing after the other, in the order in which they are asked for; one that fails keeps none of the others back. */
export function createTurns(): <T>(work: () => PromiseLike<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
}
