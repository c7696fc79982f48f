import { randomInt } from "node:crypto";
import { expect, it, onTestFailed, onTestFinished, vi } from "vitest";
import { createSeededRandom } from "../../src/testing/seeded-random.ts";
import { readAccount } from "../support/account.ts";
import { startCrew } from "../support/kill-9/crew.ts";
import { event, openShared, retryConfig, workerSettings } from "../support/kill-9/settings.ts";
import { value } from "../support/open-hooks.ts";
import { findVersions, launchPostgres } from "../support/postgres/launch.ts";
import { createLedgerOfRequests } from "../support/overlaps.ts";
import { startReceiver, type Reply } from "../support/receiver.ts";

const MESSAGES = Number(process.env["HOOKLEDGER_MACHINES_MESSAGES"] ?? 400);
const SEED = Number(process.env["HOOKLEDGER_KILL_SEED"] ?? randomInt(2 ** 31));
const WORKERS = 4;
const ROUNDS = 8;
const webhookIds = Array.from({ length: 10 }, (_, n) => `w${n}`);
const PATIENCE_MS = 120_000 + 60 * MESSAGES;

it(
  "if workers are killed and the server restarts, each acknowledged message arrives, no delivery twice at once",
  async () => {
    onTestFailed(() => console.error(`to choose as it did: HOOKLEDGER_KILL_SEED=${SEED}`));
    const [binaries = ""] = (await findVersions()).values();
    const server = await launchPostgres(binaries);
    onTestFinished(() => server.stop());
    const random = createSeededRandom(SEED);
    const mood = createSeededRandom(SEED + 1);
    const requests = createLedgerOfRequests();
    const receiver = await startReceiver(async ({ path, headers }): Promise<Reply> => {
      const isRefused = mood.fraction() < 0.1;
      await requests.during(`${path} ${String(headers["webhook-id"])}`, !isRefused);
      return { status: isRefused ? 500 : 204 };
    });

    const before = await openShared(server.url);
    for (const webhookId of webhookIds) {
      const url = new URL(`/hooks/${webhookId}`, receiver.url).href;
      await value(before.webhooks.register({ webhookId, url, events: [event], retryConfig }));
    }
    await value(before.close());

    const keys = Array.from({ length: MESSAGES }, (_, index) => `key-${index}`);
    const acknowledged = new Map<string, Set<string>>();
    const crew = startCrew(
      server.url,
      (key, messageId) => void acknowledged.set(key, (acknowledged.get(key) ?? new Set()).add(messageId)),
      WORKERS,
    );
    onTestFinished(() => crew.killAll());
    const arrivals = (count: number) =>
      vi.waitFor(() => expect(requests.accepted().size).toBeGreaterThanOrEqual(count), PATIENCE_MS);
    const all = MESSAGES * webhookIds.length;
    const perRound = Math.ceil(MESSAGES / ROUNDS);
    for (let round = 0; round < ROUNDS; round += 1) {
      crew.publish(keys.slice(round * perRound, (round + 1) * perRound));
      await crew.during(arrivals(Math.floor((all * (round + random.fraction() / 2)) / ROUNDS / 2)));
      const victim = crew.posts[1 + Math.floor(random.fraction() * WORKERS)];
      if (victim === undefined) continue;
      await crew.kill([victim]);
      if (round === ROUNDS / 2) await server.restart("immediate");
      crew.replace([victim]);
    }
    await crew.during(arrivals(all));
    await crew.during(vi.waitFor(() => expect(acknowledged.size).toBe(MESSAGES), PATIENCE_MS));
    await crew.killAll();

    const after = await openShared(server.url);
    onTestFinished(async () => {
      await value(after.close());
    });
    await value(after.worker({ ...workerSettings, concurrency: 64 }).runUntilIdle());
    const { messages, deliveries } = await readAccount(after);
    const messageIds = [...acknowledged.values()].flatMap((ids) => [...ids]);
    expect(messages.map(({ messageId }) => messageId).sort()).toEqual(messageIds.sort());
    expect(messageIds).toHaveLength(MESSAGES);
    const addresses = messageIds.flatMap((messageId) => webhookIds.map((id) => `/hooks/${id} ${messageId}`));
    expect([...requests.accepted()].sort()).toEqual(addresses.sort());
    expect(deliveries.filter(({ successes }) => successes !== 1)).toEqual([]);
    expect(deliveries).toHaveLength(addresses.length);
    expect(requests.overlaps()).toEqual([]);
    expect((await value(after.ledger.verify())).differences).toEqual([]);
  },
  2 * PATIENCE_MS,
);
