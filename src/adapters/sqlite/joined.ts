/** What hookledger has written on a handle in the application's transaction, for all storages on that handle. */
export interface Joined {
  /**
   * Whether something was written into a transaction that may still be open. If the application has ended that
   * transaction and begun another, this stays true until the other ends: the driver does not tell them apart.
   */
  isPending: boolean;
}

const handles = new WeakMap<object, Joined>();

export function joinedOn(database: object): Joined {
  const joined = handles.get(database) ?? { isPending: false };
  handles.set(database, joined);
  return joined;
}
