export interface RecentlyUsed<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  clear(): void;
}

/**
 * Remembers what was used last, by key, in two generations. What is used goes into the present generation. When that
 * weighs more than `most`, it becomes the one before, and the former one is forgotten. A single Map, in which each use
 * moved an entry to the end, would make garbage with every use.
 */
export function createRecentlyUsed<Value>(most: number, weightOf: (value: Value) => number): RecentlyUsed<Value> {
  let present = new Map<string, Value>();
  let before = new Map<string, Value>();
  let weight = 0;

  function set(key: string, value: Value): void {
    const replaced = present.get(key);
    weight += weightOf(value) - (replaced === undefined ? 0 : weightOf(replaced));
    if (weight > most) {
      before = present;
      present = new Map();
      weight = weightOf(value);
    }
    present.set(key, value);
  }

  return {
    set,
    get(key) {
      const known = present.get(key);
      if (known !== undefined) return known;
      const older = before.get(key);
      if (older !== undefined) set(key, older);
      return older;
    },
    clear() {
      present.clear();
      before.clear();
      weight = 0;
    },
  };
}
