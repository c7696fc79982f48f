import fc from "fast-check";
import pg from "pg";
import { beforeAll, afterAll, describe, expect, inject, it } from "vitest";
import { asText, rowsAsJson, rowsOf } from "../../src/adapters/postgres/text-protocol.ts";

const client = new pg.Client({ connectionString: inject("postgresUrl") });
beforeAll(() => client.connect());
afterAll(() => client.end());

/** The value as it comes back from PostgreSQL, which was sent it as a parameter of the type. */
async function read(value: unknown, type: string): Promise<unknown> {
  const answer = await client.query(rowsAsJson(`select $1::text::${type} as value`), [asText(value)]);
  return rowsOf(answer);
}

const text = fc.string({ unit: "binary" }).filter((one) => !one.includes("\0"));

describe("parameters and rows as text", () => {
  it.each<[type: string, values: fc.Arbitrary<unknown>]>([
    ["text", fc.option(text)],
    ["text[]", fc.array(fc.option(text))],
    ["bigint", fc.option(fc.maxSafeInteger())],
    ["bigint[]", fc.array(fc.option(fc.maxSafeInteger()))],
    ["boolean", fc.option(fc.boolean())],
    ["boolean[]", fc.array(fc.option(fc.boolean()))],
  ])("a %s comes back as it was sent", async (type, values) => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        expect(await read(value, type)).toEqual([{ value }]);
      }),
    );
  });

  it("bytes arrive as they were, also in an array", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), async (bytes) => {
        const value = Buffer.from(bytes);
        const hex = `\\x${value.toString("hex")}`;
        expect(await read(value, "bytea")).toEqual([{ value: hex }]);
        expect(await read([value], "bytea[]")).toEqual([{ value: [hex] }]);
      }),
    );
  });

  it("a value that is no parameter, or an answer without rows, throws an error that says what is wrong", () => {
    expect(() => asText(() => 1)).toThrow("a function cannot be a parameter of a statement");
    for (const answer of [undefined, null, [], [{ result: 1 }], [{ result: "1" }], { rows: [] }, [{ result: "[1]" }]])
      expect(() => rowsOf(answer)).toThrow("runSql must answer with the statement's rows");
  });
});
