/**
 * A read that many ask for at once is made for all of them. Nobody gets one that began before he asked, which would not tell what has happened
 * in between: who asks while one is under way gets the next, which begins when that one has ended. An error is told to those who share it.
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
