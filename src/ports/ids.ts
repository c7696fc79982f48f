/** Makes identifiers. */
export interface Ids {
  /**
   * Returns a new UUIDv7 (RFC 9562): unique, and sorting after those made before it, so that indexes grow at one end.
   */
  next(): string;
}
