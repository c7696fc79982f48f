import type { ResultAsync } from "neverthrow";
import { expect, it } from "vitest";
import type { Storage } from "../../../ports/storage.ts";
import { errorOf, valueOf } from "../results.ts";
import { commit, registered, schedule, T0, webhookStream } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

type Ports = Omit<Storage, "join" | "listen" | "close">;
type Call = () => ResultAsync<unknown, unknown>;
type Calls = { readonly [Port in keyof Ports]: { readonly [Name in keyof Ports[Port]]-?: Call } };

const lead = { name: "a", owner: "A", now: T0, until: T0 + 1000 };

/** Every call there is, in an order in which all can succeed. It does not compile if one is left out. */
function calls(storage: Storage): readonly (readonly [name: string, call: Call])[] {
  const { reader, writer, webhooks, deliveries, queue, messages, responses, secrets, projections } = storage;
  const { retention, checkpoints, transfer } = storage;
  const all: Calls = {
    reader: {
      readStream: () => reader.readStream("webhook-a"),
      readStreams: () => reader.readStreams(["webhook-a"]),
      readAll: () => reader.readAll({ limit: 1 }),
      settledPosition: () => reader.settledPosition(),
    },
    writer: { append: () => writer.append(commit(webhookStream("late"), "any", [registered("late")])) },
    webhooks: {
      get: () => webhooks.get("a"),
      list: () => webhooks.list(""),
      listAll: () => webhooks.listAll({ activeOnly: true, limit: 1 }),
      revision: () => webhooks.revision(),
    },
    deliveries: {
      get: () => deliveries.get("a"),
      list: () => deliveries.list({ limit: 1 }),
      listPending: () => deliveries.listPending("a", null, 1),
    },
    queue: {
      claim: () => queue.claim(() => ({ owner: "A", now: T0, leaseUntil: T0 + 1000, limit: 1 })),
      release: () => queue.release("A", ["a"]),
      renew: () => queue.renew(() => ({ owner: "A", deliveryIds: ["a"], leaseUntil: T0 + 2000 })),
      nextDueAt: () => queue.nextDueAt(),
      backlog: () => queue.backlog(T0, ["a"]),
      health: () => queue.health("a"),
    },
    messages: {
      get: () => messages.get("a"),
      findByIdempotencyKey: () => messages.findByIdempotencyKey("", "a"),
      standings: () => messages.standings(["a"]),
      aboutSubject: () => messages.aboutSubject({ tenantId: "", subject: "a", limit: 1 }),
      list: () => messages.list("", 1),
      purge: () => messages.purge(),
    },
    responses: { ofDeliveries: () => responses.ofDeliveries(["a"]) },
    secrets: {
      ofWebhook: () => secrets.ofWebhook("a", T0),
      ofWebhooks: () => secrets.ofWebhooks(["a"], T0),
      notUnder: () => secrets.notUnder("key", "", 1),
    },
    projections: { rebuild: () => projections.rebuild(), verify: () => projections.verify() },
    retention: {
      pruneDeliveries: () => retention.pruneDeliveries(T0 - 1, "", 1),
      pruneMessages: () => retention.pruneMessages(T0 - 1, "", 1),
    },
    checkpoints: {
      lead: () => checkpoints.lead(lead, 0),
      advance: () => checkpoints.advance(lead, 0, 0),
      release: () => checkpoints.release("a", "A"),
    },
    transfer: {
      messages: () => transfer.messages("", 1),
      secrets: () => transfer.secrets("", 1),
      responses: () => transfer.responses({ deliveryId: "", attempt: 0 }, 1),
      checkpoints: () => transfer.checkpoints(),
      restore: () => transfer.restore({}),
    },
  };
  return Object.entries(all).flatMap(([port, members]) =>
    Object.entries(members).map(([name, call]): readonly [string, Call] => [`${port}.${name}`, call]),
  );
}

export function registerClosingCases({ open }: Harnesses): void {
  it("closing twice, even at once, is the same as closing once", async () => {
    const { storage } = await open();
    expect((await Promise.all([storage.close(), storage.close()])).every((result) => result.isOk())).toBe(true);
    expect((await storage.close()).isOk()).toBe(true);
  });

  it("after close, every call is StorageError closed, and writes nothing", async () => {
    const { storage, another } = await open();
    const other = await another();
    await valueOf(storage.close());
    for (const [name, call] of calls(storage)) {
      expect(await errorOf(call()), name).toMatchObject({
        type: "StorageError",
        reason: "closed",
        retryable: false,
      });
    }
    expect(await valueOf(other.reader.readAll({ limit: 1 }))).toEqual([]);
  });

  it("closing one of two storages leaves the other working, with everything that was written", async () => {
    const { storage, another } = await open();
    const other = await another();
    await schedule(storage, "d");
    await valueOf(storage.close());
    for (const [name, call] of calls(other)) expect((await call()).isOk(), name).toBe(true);
    expect(await valueOf(other.deliveries.get("d"))).toMatchObject({ deliveryId: "d" });
    expect(await valueOf(other.webhooks.get("late"))).toMatchObject({ webhookId: "late" });
  });

  it("a storage that is opened after all others were closed has the same data", async () => {
    const { storage, another } = await open();
    await schedule(storage, "d");
    await valueOf(storage.close());
    const reopened = await another();
    expect(await valueOf(reopened.deliveries.get("d"))).toMatchObject({ deliveryId: "d" });
    expect(await valueOf(reopened.reader.readAll({ limit: 9 }))).toHaveLength(1);
  });
}
