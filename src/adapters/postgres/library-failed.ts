/**
 * The library that has the transaction threw what tells of no error of the database's: it has ended the transaction itself, say, or took the
 * parameters otherwise. Its message may repeat them, and is not told.
 */
export class LibraryFailed extends Error {
  override readonly name = "LibraryFailed";

  constructor(thrown: unknown) {
    const of = thrown instanceof Error ? thrown.name : typeof thrown;
    super(`the library that has the transaction failed (${of})`, { cause: thrown });
  }
}
