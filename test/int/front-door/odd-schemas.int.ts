import { describe, expect, it } from "vitest";
import { defineEvents } from "../../../src/index.ts";
import type { SchemaVerdict } from "../../../src/domain/message/index.ts";
import { failure, openHooks, readLedger } from "../../support/open-hooks.ts";

/** What a validator in JavaScript may answer, and what is wrong with that. */
const odd: readonly (readonly [json: string, why: string])[] = [
  ["null", "it did not answer with an object"],
  ["[]", "it did not answer with an object"],
  ['{ "issues": null }', "its issues cannot be read"],
  ['{ "issues": "is wrong" }', "its issues cannot be read"],
  ['{ "issues": [null] }', "its issues cannot be read"],
  ['{ "issues": [{ "message": "is wrong", "path": null }] }', "its issues cannot be read"],
  ['{ "issues": [{ "message": "is wrong", "path": [null] }] }', "its issues cannot be read"],
];

function schemaThat(validate: () => SchemaVerdict | Promise<SchemaVerdict>) {
  return { "~standard": { version: 1, vendor: "own", validate } } as const;
}

describe("a schema that is not a Standard Schema", () => {
  it.each(odd)("refuses the payload if it answers %s, at once or later, and nothing is written", async (json, why) => {
    const answer = (): SchemaVerdict => JSON.parse(json);
    const events = defineEvents({
      "at.once": schemaThat(answer),
      "later.on": schemaThat(() => Promise.resolve(answer())),
    });
    const hooks = await openHooks({ events });
    for (const event of ["at.once", "later.on"] as const) {
      expect(await failure(hooks.publish({ event, payload: {} }))).toEqual({
        ...{ type: "InvalidPayload", event, issues: [] },
        message: `the schema of ${event} is not a Standard Schema: ${why}`,
      });
    }
    expect(await readLedger(hooks)).toEqual([]);
  });
});
