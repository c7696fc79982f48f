import { dirname } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { kyHttpClient } from "../../src/adapters/ky/index.ts";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { undiciHttpClient } from "../../src/adapters/undici/index.ts";
import { aesGcmCipher, openHookledger, type HttpClientAdapter, type RecordedEvent } from "../../src/index.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../src/testing/scripted-http-client.ts";
import { filesOf, plantCanaries, shown } from "../support/canaries/plant.ts";
import { everyStep, quotingEvents, steps, take, type Step } from "../support/canaries/steps.ts";
import { readLedger, value } from "../support/open-hooks.ts";
import { newPath } from "../support/sqlite-files.ts";

/** Fails most requests, and answers them with all that it was sent, as a debugging receiver does. */
const echo = () =>
  scriptedHttpClient(({ headers, body }, before) =>
    before % 3 === 0
      ? 204
      : {
          statusCode: 500,
          body: `${JSON.stringify(headers)} ${Buffer.from(body).toString()}`,
          headers: { ...headers },
        },
  );

/** Runs the steps on a file of its own, and returns all that came out, with the name of where it came out. */
async function run(sequence: readonly Step[], seed: number, http: HttpClientAdapter, isEncrypted = true) {
  const plant = plantCanaries(seed);
  const path = newPath();
  const outputs: (readonly [where: string, text: string])[] = [];
  const log = (level: string) => (message: string, facts: object) => outputs.push([level, shown([message, facts])]);
  const cipher = aesGcmCipher({ current: "k", keys: { k: plant.bytes("cipher key") } })._unsafeUnwrap();
  const proxy = `http://user:${plant.text("proxy password")}@127.0.0.1:9`;
  const opened = openHookledger({
    ...{
      storage: sqliteStorage({ path }),
      http,
      events: quotingEvents,
      clock: createFakeClock({ autoAdvance: true }),
    },
    ...(isEncrypted && { cipher }),
    network: { allow: ["127.0.0.1"], proxy },
    logger: { info: log("info"), warn: log("warn"), error: log("error") },
  });
  const hooks = await value(opened);
  outputs.push(["hooks", shown(hooks)], ["worker", shown(hooks.worker())], ["cipher", shown(cipher)]);
  for (const step of sequence) outputs.push([step[0], shown(await take(step, hooks, plant))]);
  const ledger: readonly RecordedEvent[] = await readLedger(hooks);
  outputs.push(["ledger", shown(ledger)]);
  const database = filesOf(dirname(path));
  await value(hooks.close());
  return { plant, outputs, database, closedDatabase: filesOf(dirname(path)) };
}

/** Not payloads: the database is there to hold them, and the disk's encryption protects them at rest. */
const SECRETS = /secret|key|header|password|rotated/;

async function check(sequence: readonly Step[], seed: number, http: HttpClientAdapter): Promise<void> {
  const { plant, outputs, database, closedDatabase } = await run(sequence, seed, http);
  for (const [where, text] of outputs) expect({ where, found: plant.found(text) }).toEqual({ where, found: [] });
  expect(plant.found(database, SECRETS)).toEqual([]);
  expect(plant.found(closedDatabase, SECRETS)).toEqual([]);
}

it("no log, error, event or shown object holds a secret or a payload, nor the database a secret", async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(), async (sequence, seed) => check(sequence, seed, echo())),
    { numRuns: 60 },
  );
});

it.each([echo(), kyHttpClient(), undiciHttpClient()])("no step leaks a canary with the $name client", async (http) => {
  await check(everyStep, 1, http);
});

it("a canary that does come out is found, in each of its codings", async () => {
  const plant = plantCanaries(1);
  const text = plant.text("text");
  const secret = plant.whsec("secret");
  plant.bytes("bytes");
  const codings = [text, `x${Buffer.from(text).toString("hex")}`, Buffer.from(text).toString("base64")];
  for (const coded of codings) expect(plant.found(shown({ deep: [{ coded }] }))).toEqual(["text"]);
  expect(plant.found(shown(new Error(`the secret is ${secret}`)))).toEqual(["secret"]);
  expect(plant.found(shown({ key: plant.bytes("bytes").toString() }))).toEqual([]);
  // The steps do plant canaries: without a cipher the database holds them.
  const plain = await run(everyStep, 1, echo(), false);
  expect(plain.plant.found(plain.database)).toEqual(expect.arrayContaining(["payload", "text secret"]));
});
