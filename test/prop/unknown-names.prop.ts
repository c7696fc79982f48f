import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Err } from "neverthrow";
import { describe, expect, it } from "vitest";
import { kyHttpClient } from "../../src/adapters/ky/index.ts";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { undiciHttpClient } from "../../src/adapters/undici/index.ts";
import { aesGcmCipher, buildPayload, copyLedger, openHookledger, parseRetryConfig } from "../../src/index.ts";
import { simulateDelivery } from "../../src/testing/index.ts";
import { createReplayGuard, verifyWebhook } from "../../src/verify/index.ts";
import { openHooks, readLedger, value, type MemoryHooks } from "../support/open-hooks.ts";

type Call = (hooks: MemoryHooks, given: object) => unknown;
/** Names are written out, so that removing one from an interface fails here. `within` is the field's prefix. */
type Row = readonly [what: string, names: string, call: Call, within?: string];

const fn = (operation: (...given: never[]) => unknown, ...given: readonly unknown[]): unknown =>
  Reflect.apply(operation, undefined, given);

const message = "event payload idempotencyKey tenantId webhookId subject";
const settings = "url events secret schemes keyPair active retryConfig rateLimitPerSecond headers";
const retry =
  "maxRetries baseDelaySeconds maxDelaySeconds backoffMultiplier jitterFraction scheduleSeconds maxRetryAfterSeconds deactivateAfterSeconds";
const storage = memoryStorage();

const frontDoor: readonly Row[] = [
  ["publish", message, (hooks, given) => fn(hooks.publish, given)],
  ["publishMany", message, (hooks, given) => fn(hooks.publishMany, [given])],
  ["preview", message, (hooks, given) => fn(hooks.preview, given)],
  ["dispatch", message, (hooks, given) => fn(hooks.dispatch, given)],
  ["dispatch's options", "mode", (hooks, given) => fn(hooks.dispatch, {}, given)],
  ["worker", "concurrency perWebhookConcurrency leaseSeconds", (hooks, given) => hooks.worker(given).start()],
  ["worker.stop", "deadlineSeconds", (hooks, given) => hooks.worker().stop(given)],
  [
    "messages.list",
    "subject tenantId after newestFirst limit",
    (hooks, given) => fn(hooks.messages.list, { subject: "s", ...given }),
  ],
  ["messages.erase", "messageId subject all tenantId actor", (hooks, given) => fn(hooks.messages.erase, given)],
  ["messages.resend", "messageId webhookId actor", (hooks, given) => fn(hooks.messages.resend, given)],
  [
    "webhooks.register",
    `${settings} actor webhookId tenantId paused`,
    (hooks, given) => fn(hooks.webhooks.register, given),
  ],
  ["webhooks.update", `${settings} paused actor`, (hooks, given) => fn(hooks.webhooks.update, "w", given)],
  ["webhooks.list", "activeOnly tenantId", (hooks, given) => fn(hooks.webhooks.list, given)],
  ["webhooks.listAll", "activeOnly after limit", (hooks, given) => fn(hooks.webhooks.listAll, given)],
  ["webhooks.listForEvent", "tenantId", (hooks, given) => fn(hooks.webhooks.listForEvent, "memory.updated", given)],
  [
    "webhooks.rotateSecret",
    "overlapSeconds actor secret",
    (hooks, given) => fn(hooks.webhooks.rotateSecret, "unknown", given),
  ],
  [
    "webhooks.rotateKeyPair",
    "overlapSeconds actor keyPair",
    (hooks, given) => fn(hooks.webhooks.rotateKeyPair, "unknown", given),
  ],
  ["webhooks.sendTest", "event payload", (hooks, given) => fn(hooks.webhooks.sendTest, "unknown", given)],
  ["webhooks.reEncryptSecrets", "onProgress", (hooks, given) => fn(hooks.webhooks.reEncryptSecrets, given)],
  ["webhooks.delete", "actor", (hooks, given) => fn(hooks.webhooks.delete, "unknown", given)],
  ["webhooks.importFromKemi", "path actor", (hooks, given) => fn(hooks.webhooks.importFromKemi, given)],
  [
    "deliveries.list",
    "webhookId messageId tenantId state after newestFirst limit",
    (hooks, given) => fn(hooks.deliveries.list, given),
  ],
  ["deliveries.redeliver", "actor", (hooks, given) => fn(hooks.deliveries.redeliver, "unknown", given)],
  ["deliveries.cancel", "actor", (hooks, given) => fn(hooks.deliveries.cancel, "unknown", given)],
  ["deliveries.replay", "webhookId tenantId since until states", (hooks, given) => fn(hooks.deliveries.replay, given)],
  ["deliveries.replay's options", "actor onProgress", (hooks, given) => fn(hooks.deliveries.replay, {}, given)],
  ["ledger.readAll", "after limit", (hooks, given) => fn(hooks.ledger.readAll, given)],
  ["ledger.follow", "name from onEvents batchSize leaseSeconds", (hooks, given) => fn(hooks.ledger.follow, given)],
  ["ledger.prune", "finishedBefore", (hooks, given) => fn(hooks.ledger.prune, given)],
  [
    "ledger.prune's options",
    "onProgress",
    (hooks, given) => fn(hooks.ledger.prune, { finishedBefore: new Date(0) }, given),
  ],
];

const others: readonly Row[] = [
  [
    "openHookledger",
    "storage http clock ids random logger signer cipher network request limits webhookDefaults events",
    (_, given) => fn(openHookledger, given),
  ],
  ["network", "allow proxy httpsOnly", (_, network) => openHookledger({ storage, network }), "network."],
  [
    "request",
    "userAgent contentType signatureHeader headerPrefix timeoutSeconds",
    (_, request) => openHookledger({ storage, request }),
    "request.",
  ],
  ["limits", "payloadBytes", (_, limits) => openHookledger({ storage, limits }), "limits."],
  [
    "webhookDefaults",
    "retryConfig schemes rateLimitPerSecond",
    (_, webhookDefaults) => openHookledger({ storage, webhookDefaults }),
    "webhookDefaults.",
  ],
  ["copyLedger", "from to onProgress logger", (_, given) => fn(copyLedger, { from: storage, to: storage, ...given })],
  ["parseRetryConfig", retry, (_, given) => parseRetryConfig(given), "retryConfig."],
  ["simulateDelivery", "seed startAt", (_, given) => fn(simulateDelivery, {}, () => 204, given)],
  ["aesGcmCipher", "keys current", (_, given) => fn(aesGcmCipher, given)],
  [
    "sqliteStorage",
    "path busyTimeoutMs database",
    (_, given) => sqliteStorage({ path: join(tmpdir(), "never-opened", "hooks.db"), ...given }).open(),
  ],
  [
    "postgresStorage",
    "schema transactionPooling connectionString maxConnections statementTimeoutMs pool",
    (_, given) => fn(postgresStorage({ ...given, connectionString: "none" }).open),
  ],
  ["kyHttpClient", "lookup", (_, given) => fn(kyHttpClient, given)],
  ["undiciHttpClient", "lookup", (_, given) => fn(undiciHttpClient, given)],
  [
    "buildPayload",
    "event memoryId userId snapshot previousState extra timestamp",
    (_, given) => fn(buildPayload, given),
  ],
  [
    "verifyWebhook",
    "secret publicKey headers body schemes toleranceSeconds now kemiHeader",
    (_, given) => fn(verifyWebhook, given),
  ],
  ["createReplayGuard", "keepSeconds most now", (_, given) => fn(createReplayGuard, given)],
];

/** The refusal of a name, whether the call throws or returns it; null if the call refuses none. */
async function refusalOf(call: () => unknown): Promise<string | null> {
  try {
    return textOf(await call());
  } catch (thrown) {
    return textOf(thrown);
  }
}

function textOf(told: unknown): string | null {
  const error: unknown = told instanceof Err ? told.error : told;
  const text = typeof error === "object" && error !== null && "message" in error ? String(error.message) : "";
  return text.includes(" is not a setting; the settings are ") ? text : null;
}

const known = (names: string): readonly string[] => names.split(" ");
const everyName = [...new Set([...frontDoor, ...others].flatMap(([, names]) => known(names)))];
/** Names of other options, misspelt names, names that every object has, and any text. */
const anyName = fc.oneof(
  fc.constantFrom(...everyName),
  fc.constantFrom(...everyName).map((name) => name.slice(0, -1)),
  fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", "", "0"),
  fc.string(),
);
const anyValue = fc.oneof(fc.constant(undefined), fc.anything());

const rows = [...frontDoor, ...others].map(([what, names, call, within = ""]) => ({ what, names, call, within }));

describe.each(rows)("$what", ({ names, call, within }) => {
  it("refuses an unknown name, lists the known ones, and appends nothing to the ledger", async () => {
    const hooks = await openHooks();
    await value(hooks.webhooks.register({ webhookId: "w", url: "http://127.0.0.1:9/", events: ["memory.updated"] }));
    const before = await readLedger(hooks);
    const unknown = anyName.filter((name) => !known(names).includes(name));
    await fc.assert(
      fc.asyncProperty(unknown, anyValue, fc.subarray([...known(names)]), async (name, wrong, beside) => {
        const entries: (readonly [string, unknown])[] = beside.map((one) => [one, undefined]);
        const given = Object.fromEntries([...entries, [name, wrong]]);
        const rule = `${within}${name} is not a setting; the settings are ${known(names).join(", ")}`;
        expect(await refusalOf(() => call(hooks, given))).toContain(rule);
      }),
    );
    expect(await readLedger(hooks)).toEqual(before);
  });

  it("refuses no name that it knows, and no name on the prototype", async () => {
    const hooks = await openHooks();
    await fc.assert(
      fc.asyncProperty(fc.subarray([...known(names)]), anyName, async (given, inherited) => {
        const options: object = Object.create(Object.fromEntries([[inherited, undefined]]));
        for (const name of given) Object.defineProperty(options, name, { value: undefined, enumerable: true });
        expect(await refusalOf(() => call(hooks, options))).toBeNull();
      }),
    );
  });
});
