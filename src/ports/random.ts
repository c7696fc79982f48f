/** The source of chance. */
export interface Random {
  /** Returns a number from 0 up to, not including, 1; for jitter, not for secrets. */
  fraction(): number;

  /** Returns `count` bytes that nobody can guess; for secrets. */
  bytes(count: number): Uint8Array;
}
