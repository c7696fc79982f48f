import { expect, it } from "vitest";
import type { Append } from "../../src/adapters/postgres/append.ts";
import type { Connection } from "../../src/adapters/postgres/connection.ts";
import type { Connections } from "../../src/adapters/postgres/connections.ts";
import type { Enquiry } from "../../src/adapters/postgres/enquiry.ts";
import { createPerform } from "../../src/adapters/postgres/perform.ts";
import { writerMark } from "../../src/adapters/postgres/writer-mark.ts";
import { commit, deliveryStream, scheduled } from "../../src/testing/contracts/storage/facts.ts";

it("a bug in deciding comes before anything is asked of the connection, which goes back without a transaction", async () => {
  const asked: string[] = [];
  const connection: Connection = {
    get orm(): never {
      throw new Error("nobody is to ask this");
    },
    run: async ({ name }) => {
      asked.push(name);
      return [];
    },
    execute: async (statements) => void asked.push(statements),
  };
  const lend: Connections["lend"] = (work) => work(connection);
  const bug = new Error("a bug");
  const append: Append = {
    planAtOnce() {
      throw bug;
    },
    plan: () => Promise.reject(bug),
    write: () => Promise.reject(bug),
  };
  const enquiry: Enquiry = {
    wasCommitted: () => Promise.reject(bug),
    appendedBy: () => Promise.reject(bug),
  };
  const perform = createPerform({ lend }, append, writerMark("hookledger"), enquiry, () => undefined);
  const published = commit(deliveryStream("a"), "no-stream", [scheduled("a")]);
  await expect(perform([published], false, null)).rejects.toBe(bug);
  expect(asked).toEqual([]);
});
