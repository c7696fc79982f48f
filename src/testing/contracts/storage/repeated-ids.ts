import fc from "fast-check";
import { expect, it } from "vitest";
import type { EndedStatus } from "../../../domain/delivery/index.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { claimed } from "./claims.ts";
import { commit, deliveryStream, failed, message, record, schedule, secret, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

const NAMES = ["a", "b", "c"] as const;

/** Writes a message, a delivery with a response, and a secret of a webhook, under each of the first two names. */
async function write(storage: Storage): Promise<void> {
  for (const [index, name] of NAMES.slice(0, 2).entries()) {
    await valueOf(storage.writer.append(commit(`message-${name}`, "any", [], { messages: [message(name)] })));
    await schedule(storage, name, { messageId: name, webhookId: name });
    const outcome = commit(deliveryStream(name), 1, [failed(1, T0 + index)], {
      responses: [{ deliveryId: name, attempt: 1, excerpt: name }],
      secrets: [{ op: "put", secret: secret(name, { webhookId: name }) }],
    });
    await valueOf(storage.writer.append(outcome));
  }
}

/** Asks for all that can be asked about several ids at once. */
async function answers({ reader, responses, secrets, messages, deliveries, queue }: Storage, names: readonly string[]) {
  return {
    streams: inOrder(await valueOf(reader.readStreams(names.map(deliveryStream)))),
    responses: inOrder(await valueOf(responses.ofDeliveries(names))),
    secrets: inOrder(await valueOf(secrets.ofWebhooks(names, T0))),
    standings: inOrder(await valueOf(messages.standings(names))),
    deliveries: await valueOf(deliveries.list({ webhookIds: names, limit: 9 })),
    backlog: await valueOf(queue.backlog(T0 + 9, names)),
    dueAt: await valueOf(queue.nextDueAt({ deliveryIds: names })),
    dueElsewhereAt: await valueOf(queue.nextDueAt({ exceptWebhookIds: names })),
  };
}

/** Whatever order is not promised; each answer is one more text. */
function inOrder(found: readonly unknown[]): readonly string[] {
  return found.map((one) => JSON.stringify(one)).sort();
}

export function registerRepeatedIdCases({ open }: Harnesses): void {
  it("what is asked about a list of ids is answered once for each, however often the list names it", async () => {
    const { storage } = await open();
    await write(storage);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...NAMES), { maxLength: 6 }), async (names) => {
        const once = [...new Set(names)];
        expect(await answers(storage, names)).toEqual(await answers(storage, once));
        expect(await valueOf(storage.messages.standings(names))).toHaveLength(once.length);
      }),
      { numRuns: 30 },
    );
  });

  it("what is changed for a list of ids is changed as if each were named once", async () => {
    const { storage } = await open();
    await write(storage);
    const twice = ["a", "a", "b", "a"];
    const now = T0 + 9;
    expect(await claimed(storage, { now, deliveryIds: twice })).toHaveLength(2);
    await valueOf(storage.queue.renew(() => ({ owner: "A", deliveryIds: twice, leaseUntil: now + 5000 })));
    expect(await valueOf(storage.queue.nextDueAt())).toBe(now + 5000);
    await valueOf(storage.queue.release("A", twice));
    expect(await claimed(storage, { now })).toHaveLength(2);
    await valueOf(storage.writer.append({ recordedAt: now, streams: [], erasures: twice }));
    expect(await valueOf(storage.messages.list("", 9))).toMatchObject([{ erasedAt: now }, { erasedAt: now }]);
  });

  it("if a state is named twice, what is in it is listed once, and nothing else", async () => {
    const { storage } = await open();
    for (const id of ["d", "e"]) await schedule(storage, id);
    await record(storage, deliveryStream("d"), { type: "DeliveryExhausted", data: { attempts: 1 } });
    await record(storage, deliveryStream("e"), { type: "DeliveryCancelled", data: { reason: "operator" } });
    const listed = async (state: EndedStatus) => {
      const found = await valueOf(storage.deliveries.list({ states: [state, state], limit: 9 }));
      return found.map(({ deliveryId }) => deliveryId);
    };
    expect([await listed("exhausted"), await listed("cancelled")]).toEqual([["d"], ["e"]]);
  });
}
