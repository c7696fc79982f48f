/** What a handle has of hookledger's in a transaction of the application's, for all storages that are on it. */
export interface Joined {
  /**
   * Whether something was written into a transaction that may be open still. Where the application has ended that and begun another one, it
   * is found out only after this: the driver does not tell them apart.
   */
  isPending: boolean;
}

const handles = new WeakMap<object, Joined>();

export function joinedOn(database: object): Joined {
  const joined = handles.get(database) ?? { isPending: false };
  handles.set(database, joined);
  return joined;
}
