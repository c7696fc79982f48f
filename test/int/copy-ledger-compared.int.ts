import { describe, expect, it } from "vitest";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import { copyLedger } from "../../src/index.ts";
import type { Storage, StorageAdapter } from "../../src/ports/storage.ts";
import type { Restoration } from "../../src/ports/transfer.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../src/testing/scripted-http-client.ts";
import { publish, register } from "../support/deliver-to.ts";
import { failure, openHooks, value } from "../support/open-hooks.ts";
import { wrapStorage } from "../support/wrap-storage.ts";

/** A ledger with events, messages, a secret and responses; three of each of the latter, or so many. */
async function filled(messages = 3): Promise<StorageAdapter> {
  const storage = memoryStorage();
  const http = scriptedHttpClient(() => ({ statusCode: 500, body: "it is down" }));
  const hooks = await openHooks({ storage, http, clock: createFakeClock() });
  await register(hooks, "a", { retryConfig: { maxRetries: 1 }, secret: "of a test" });
  await publish(hooks, messages);
  await value(hooks.worker().runUntilIdle());
  return storage;
}

/** How many rows, or events, are copied and compared at a time. */
const PAGE = 500;

type Alter = (restoration: Restoration) => Restoration;

/** An empty target that stores something else than it is given. */
function altering(alter: Alter): StorageAdapter {
  return wrapStorage(memoryStorage(), ({ transfer }) => ({
    transfer: { ...transfer, restore: (restoration) => transfer.restore(alter(restoration)) },
  }));
}

const lose = <Row>(rows: readonly Row[] = []) => rows.slice(0, -1);

/** With one more row after the last. */
const more = <Row>(rows: readonly Row[], after: (last: Row) => Row) => [...rows, ...rows.slice(-1).map(after)];

describe("a copy that came out different from its source", () => {
  it.each<[string, string, Alter]>([
    ["messages", "the messages", (given) => ({ ...given, messages: lose(given.messages) })],
    ["secrets", "the secrets", (given) => ({ ...given, secrets: lose(given.secrets) })],
    ["responses", "the responses", (given) => ({ ...given, responses: lose(given.responses) })],
    [
      "messages",
      "the target has more messages",
      ({ messages = [], ...given }) => ({
        ...given,
        messages: more(messages, (last) => ({ ...last, messageId: `${last.messageId}~` })),
      }),
    ],
    [
      "secrets",
      "the target has more secrets",
      ({ secrets = [], ...given }) => ({
        ...given,
        secrets: more(secrets, (last) => ({ ...last, secretId: `${last.secretId}~` })),
      }),
    ],
    [
      "responses",
      "the target has more responses",
      ({ responses = [], ...given }) => ({
        ...given,
        responses: more(responses, (last) => ({ ...last, attempt: last.attempt + 1 })),
      }),
    ],
    [
      "events",
      "differ at position 2",
      ({ events = [], ...given }) => ({
        ...given,
        events: events.map((one) => (one.position === 2 ? { ...one, metadata: { actor: "somebody else" } } : one)),
      }),
    ],
  ])("is CopyDiffers: %s, %s", async (what, message, alter) => {
    expect(await failure(copyLedger({ from: await filled(), to: altering(alter) }))).toMatchObject({
      type: "CopyDiffers",
      what,
      message: expect.stringContaining(message),
    });
  });

  it.each<[string, string, Alter]>([
    [
      "messages",
      "the messages",
      ({ messages = [], ...given }) => ({ ...given, messages: messages.length < PAGE ? lose(messages) : messages }),
    ],
    [
      "responses",
      "the responses",
      ({ responses = [], ...given }) => ({
        ...given,
        responses: responses.length < PAGE ? lose(responses) : responses,
      }),
    ],
    [
      "events",
      "differ at position 1001",
      ({ events = [], ...given }) => ({
        ...given,
        events: events.map((one) => (one.position === 1001 ? { ...one, metadata: { actor: "somebody else" } } : one)),
      }),
    ],
  ])("is CopyDiffers if only what is behind the first pages differs: %s, %s", async (what, message, alter) => {
    expect(await failure(copyLedger({ from: await filled(PAGE + 100), to: altering(alter) }))).toMatchObject({
      type: "CopyDiffers",
      what,
      message: expect.stringContaining(message),
    });
  });

  it("is CopyDiffers if the target was written to after an earlier copy, and the error says from where on", async () => {
    const [from, to] = [await filled(), memoryStorage()];
    const { events } = await value(copyLedger({ from, to }));
    await register(await openHooks({ storage: to }), "b");
    expect(await failure(copyLedger({ from, to }))).toMatchObject({
      type: "CopyDiffers",
      what: "events",
      message: `the events of the source and the target differ at position ${events + 1}; copy into an empty target`,
    });
  });

  const difference = { projection: "deliveries", id: "d", expected: null, actual: {} } as const;

  const differing = ({ projections }: Storage): Partial<Storage> => ({
    projections: {
      ...projections,
      verify: () => projections.verify().map((verified) => ({ ...verified, differences: [difference] })),
    },
  });

  it("is CopyDiffers if the projections of either side differ from its ledger, and the error says of which", async () => {
    const sound = await filled();
    const error = async (from: StorageAdapter, to: StorageAdapter) => failure(copyLedger({ from, to }));
    const told = (side: string) => ({
      ...{ type: "CopyDiffers", what: "projections" },
      message: `the projections of the ${side} differ from its ledger; rebuild them`,
    });
    expect(await error(wrapStorage(sound, differing), memoryStorage())).toEqual(told("source"));
    expect(await error(sound, wrapStorage(memoryStorage(), differing))).toEqual(told("target"));
  });
});
