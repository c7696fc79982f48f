/** Exchanges that may have to be broken off. */
export interface UnderWay {
  /** Answers what takes it out again. */
  add(breakOff: () => void): () => void;
  breakOffAll(): void;
}

interface Entry {
  index: number;
  readonly breakOff: () => void;
}

/**
 * In an array, where the last one takes the place of one that goes: a Set into which thousands go and come out each second leaves its
 * outgrown tables to the garbage collector, each of which keeps the next alive (50 MB more at the peak of the benchmark).
 */
export function createUnderWay(): UnderWay {
  const entries: Entry[] = [];

  /** Once: what has been taken out stands at no index. */
  function remove(entry: Entry): void {
    if (entries[entry.index] !== entry) return;
    const last = entries.pop();
    if (last === undefined || last === entry) return;
    last.index = entry.index;
    entries[entry.index] = last;
  }

  return {
    add(breakOff) {
      const entry = { index: entries.length, breakOff };
      entries.push(entry);
      return () => remove(entry);
    },
    breakOffAll() {
      for (const { breakOff } of [...entries]) breakOff();
    },
  };
}
