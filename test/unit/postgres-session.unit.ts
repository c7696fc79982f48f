import { drizzle } from "drizzle-orm/node-postgres";
import { err, ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import type { Connection, Lend } from "../../src/adapters/postgres/connection.ts";
import { createSession, type Session } from "../../src/adapters/postgres/session.ts";
import { tablesIn } from "../../src/adapters/postgres/tables.ts";

const refusedBy = (code: string) => Object.assign(new Error("the server refuses"), { code, severity: "ERROR" });
const lost = () => new Error("Connection terminated unexpectedly");

/** A session whose server is told `words`, and throws what `trouble` returns for one of them. */
function createTold(trouble: (word: string, times: number) => Error | null = () => null) {
  const statements: string[] = [];
  const words: string[] = [];
  const pools: string[] = [];
  const orm = drizzle.mock();
  const connection: Connection = {
    orm,
    run: async () => [],
    async execute(statement) {
      const [word = ""] = statement.split(" ");
      statements.push(statement);
      words.push(word);
      const thrown = trouble(word, words.filter((told) => told === word).length);
      if (thrown !== null) throw thrown;
    },
  };
  const lending = (pool: string): Lend => {
    return (work) => {
      pools.push(pool);
      return work(connection);
    };
  };
  const session = createSession({ lend: lending("usual"), lendForLong: lending("long"), orm }, tablesIn("hookledger"));
  return { session, statements, words, pools };
}

type Way = "write" | "writeForLong" | "snapshot";
const ways: readonly Way[] = ["write", "writeForLong", "snapshot"];
const writing: readonly Way[] = ["write", "writeForLong"];
const done = async () => ok("done");

describe.each(ways)("a transaction of the session's (%s)", (way) => {
  it("is committed if the work is done, and rolled back if it is refused", async () => {
    const { session, words } = createTold();
    expect((await session[way](done))._unsafeUnwrap()).toBe("done");
    expect((await session[way](async () => err("refused")))._unsafeUnwrapErr()).toBe("refused");
    expect(words).toEqual(["begin", "commit", "begin", "rollback"]);
  });

  it("is rolled back if the work throws, so that whoever is lent the connection next is in none", async () => {
    const { session, words } = createTold();
    const bug = new Error("a bug");
    await expect(session[way](() => Promise.reject(bug))).rejects.toBe(bug);
    expect(words).toEqual(["begin", "rollback"]);
  });

  it("is not begun once the session is closed", async () => {
    const { session, words } = createTold();
    session.close();
    expect((await session[way](done))._unsafeUnwrapErr()).toMatchObject({ reason: "closed" });
    expect(words).toEqual([]);
  });

  it("if the connection is lost before the commit, has done nothing, and can be tried again", async () => {
    const { session } = createTold();
    const asked = session[way](() => Promise.reject(lost()));
    expect((await asked)._unsafeUnwrapErr()).toMatchObject({ reason: "disconnected", retryable: true });
  });

  it("if the connection is lost at the rollback of what was refused, has done nothing either", async () => {
    const { session } = createTold((word) => (word === "rollback" ? lost() : null));
    const asked = session[way](async () => err("refused"));
    expect((await asked)._unsafeUnwrapErr()).toMatchObject({ reason: "disconnected", retryable: true });
  });
});

it.each(["read", "lend", "lendForLong"] as const)("once the session is closed, %s asks for nothing", async (way) => {
  const { session, pools } = createTold();
  session.close();
  const work: Parameters<Session["read"]>[0] = () => Promise.reject(new Error("nothing is to be asked"));
  expect((await session[way](work))._unsafeUnwrapErr()).toMatchObject({ reason: "closed" });
  expect(pools).toEqual([]);
});

describe.each(writing)("a transaction that writes (%s)", (way) => {
  it.each(["40001", "40P01"])("is tried again while others are in its way (%s), ten times in all", async (code) => {
    const passing = createTold((word, times) => (word === "commit" && times < 10 ? refusedBy(code) : null));
    expect((await passing.session[way](done))._unsafeUnwrap()).toBe("done");
    const lasting = createTold((word) => (word === "commit" ? refusedBy(code) : null));
    expect((await lasting.session[way](done))._unsafeUnwrapErr()).toMatchObject({ reason: "locked", retryable: true });
    for (const { words } of [passing, lasting]) expect(words.filter((word) => word === "begin")).toHaveLength(10);
  });

  it("is not tried again after any other error", async () => {
    const { session, words } = createTold((word) => (word === "commit" ? refusedBy("53100") : null));
    expect((await session[way](done))._unsafeUnwrapErr()).toMatchObject({ reason: "full" });
    expect(words).toEqual(["begin", "commit", "rollback"]);
  });

  it("is in doubt if the connection is lost during the commit, and is not tried again", async () => {
    const { session, words } = createTold((word) => (word === "commit" ? lost() : null));
    expect((await session[way](done))._unsafeUnwrapErr()).toMatchObject({ reason: "in-doubt", retryable: false });
    expect(words).toEqual(["begin", "commit"]);
  });
});

it("a snapshot that is lost at its end is not in doubt, since it writes nothing, and is one from beginning to end", async () => {
  const { session, statements } = createTold((word) => (word === "commit" ? lost() : null));
  expect((await session.snapshot(done))._unsafeUnwrapErr()).toMatchObject({ reason: "disconnected", retryable: true });
  expect(statements[0]).toMatch(/^begin isolation level repeatable read read only;/);
});

it("what takes as long as it takes is on connections without the statement timeout", async () => {
  const { session, pools } = createTold();
  for (const way of [...ways, "lendForLong"] as const) expect((await session[way](done)).isOk()).toBe(true);
  expect(pools).toEqual(["usual", "long", "long", "long"]);
});
