import { randomInt } from "node:crypto";
import { expect, it, onTestFailed, onTestFinished, vi } from "vitest";
import { createSeededRandom } from "../../src/testing/seeded-random.ts";
import { readAccount } from "../support/account.ts";
import { chooseVictims, startCrew } from "../support/kill-9/crew.ts";
import { event, openShared, retryConfig, workerSettings } from "../support/kill-9/settings.ts";
import { value } from "../support/open-hooks.ts";
import { newPath } from "../support/sqlite-files.ts";
import { startReceiver, type Reply } from "../support/receiver.ts";
import { createTally } from "../support/tally.ts";

const ROUNDS = Number(process.env["HOOKLEDGER_KILL_ROUNDS"] ?? 3);
const SEED = Number(process.env["HOOKLEDGER_KILL_SEED"] ?? randomInt(2 ** 31));
const KEYS_PER_ROUND = 40;
/** A process that replaces another first compiles everything, while the others run. */
const PATIENCE_MS = 120_000;
const webhookIds = ["a", "b", "c"];

it(
  "whichever processes are killed, each acknowledged message reaches every webhook, and the ledger is right",
  async () => {
    onTestFailed(() => console.error(`to choose as it did: HOOKLEDGER_KILL_SEED=${SEED}`));
    const random = createSeededRandom(SEED);
    const tally = createTally();
    const received = new Set<string>();
    const mood = createSeededRandom(SEED + 1);
    const receiver = await startReceiver(({ path, headers }): Reply | null => {
      tally.happened("request");
      if (mood.fraction() < 0.05) return null;
      if (mood.fraction() < 0.2) return { status: 500 };
      received.add(`${path} ${String(headers["webhook-id"])}`);
      return {};
    });

    const path = newPath();
    const pathTo = (webhookId: string) => `/hooks/${webhookId}`;
    const before = await openShared(path);
    for (const webhookId of webhookIds) {
      const url = new URL(pathTo(webhookId), receiver.url).href;
      await value(before.webhooks.register({ webhookId, url, events: [event], retryConfig }));
    }
    await value(before.close());

    const keys: string[] = [];
    const acknowledged = new Map<string, Set<string>>();
    const crew = startCrew(path, (key, messageId) => {
      acknowledged.set(key, (acknowledged.get(key) ?? new Set()).add(messageId));
      tally.happened("acknowledgement");
    });
    onTestFinished(() => crew.killAll());

    for (let round = 0; round < ROUNDS; round += 1) {
      const fresh = Array.from({ length: KEYS_PER_ROUND }, (_, index) => `${round}-${index}`);
      keys.push(...fresh);
      const what = random.fraction() < 0.5 ? "request" : "acknowledgement";
      const moment = tally.nth(what, 1 + Math.floor(random.fraction() * KEYS_PER_ROUND));
      crew.publish(fresh);
      await crew.during(moment);
      const victims = chooseVictims(random, crew.posts);
      await crew.kill(victims);
      crew.replace(victims);
      // A publisher publishes again what was not acknowledged.
      if (victims.includes("publisher")) crew.publish(keys.filter((key) => !acknowledged.has(key)));
    }
    await crew.during(vi.waitFor(() => expect([...acknowledged.keys()].sort()).toEqual([...keys].sort()), PATIENCE_MS));
    await crew.killAll();

    const after = await openShared(path);
    onTestFinished(async () => {
      await value(after.close());
    });
    await value(after.worker(workerSettings).runUntilIdle());
    const { messages, deliveries } = await readAccount(after);
    const messageIds = [...acknowledged.values()].flatMap((ids) => [...ids]);
    expect(messages.map(({ messageId }) => messageId).sort()).toEqual(messageIds.sort());
    expect(messageIds).toHaveLength(keys.length);
    const addresses = messageIds.flatMap((messageId) => webhookIds.map((id) => `${pathTo(id)} ${messageId}`));
    expect([...received].sort()).toEqual(addresses.sort());
    expect(deliveries).toHaveLength(addresses.length);
    expect(deliveries.filter(({ successes }) => successes !== 1)).toEqual([]);
    expect((await value(after.deliveries.list({ state: "pending" }))).items).toEqual([]);
    expect((await value(after.ledger.verify())).differences).toEqual([]);
  },
  2 * PATIENCE_MS + 30_000 * ROUNDS,
);
