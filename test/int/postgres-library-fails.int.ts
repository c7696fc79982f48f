import { expect, inject, it, onTestFinished } from "vitest";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { failure, openHooks } from "../support/open-hooks.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

const secret = "Bearer s3cret";

class PrismaClientKnownRequestError extends Error {
  override readonly name = "PrismaClientKnownRequestError";
  readonly code = "P2028";
}

/** A library may throw anything. */
const rejected: (thrown: unknown) => Promise<never> = Promise.reject.bind(Promise);

it.each<[what: string, name: string, thrown: unknown]>([
  [
    "Prisma's, of a transaction that it has ended",
    "PrismaClientKnownRequestError",
    new PrismaClientKnownRequestError(secret),
  ],
  ["a bug's", "TypeError", new TypeError(secret)],
  ["no error", "string", secret],
  ["nothing", "undefined", undefined],
])(
  "what a library throws that is not the database's is a StorageError without its text: %s",
  async (_what, name, thrown) => {
    const schema = temporarySchema();
    const storage = postgresStorage({ connectionString: inject("postgresUrl"), schema: schema.name });
    const hooks = await openHooks({ storage });
    onTestFinished(async () => {
      (await hooks.close())._unsafeUnwrap();
      await schema.remove();
    });
    const within = hooks.within({ runSql: () => rejected(thrown) });
    const error = await failure(within.publish({ event: "memory.updated", payload: {} }));
    expect(error).toMatchObject({ type: "StorageError", reason: "unexpected", retryable: false });
    expect(error.message).toContain(`(${name})`);
    expect(error.message).not.toContain(secret);
  },
);
