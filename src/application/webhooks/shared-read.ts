/**
 * Shares one read among all who ask for it at once. Nobody gets a read that began before the call, since that would
 * miss what has happened in between. A call during a read gets the next one, which begins when the present one has
 * ended. An error goes to all who share the read.
 */
export function createSharedRead<Answer>(read: () => Promise<Answer>): () => Promise<Answer> {
  let underWay: Promise<Answer> | null = null;
  let next: Promise<Answer> | null = null;

  function begin(): Promise<Answer> {
    next = null;
    underWay = read().finally(() => {
      underWay = null;
    });
    return underWay;
  }

  return () => {
    if (next !== null) return next;
    if (underWay === null) return begin();
    next = underWay.then(begin, begin);
    return next;
  };
}
