/**
 * Says that the library which has the transaction threw something that is no error of the database's: it may have ended
 * the transaction itself, or have misread the parameters. What it said may repeat the parameters, so it is left out
 * here.
 */
export class LibraryFailed extends Error {
  override readonly name = "LibraryFailed";

  constructor(thrown: unknown) {
    const of = thrown instanceof Error ? thrown.name : typeof thrown;
    super(`the library that runs the transaction failed with an error of its own (${of})`, { cause: thrown });
  }
}
