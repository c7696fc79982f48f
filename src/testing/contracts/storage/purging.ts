import { expect, it } from "vitest";
import type { DomainEvent } from "../../../domain/ledger/index.ts";
import { valueOf } from "../results.ts";
import { commit, deliveryStream, failed, message, schedule, secret, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

/** What goes by erasing a message, or by a change of the secrets; each is looked for by itself. */
const GOING = ["gone-body", "gone-subject", "gone-response", "gone-secret", "gone-value"];

/** Cases for a harness that can look where the storage keeps its data. */
export function registerPurgeCases({ open }: Harnesses): void {
  it("after a purge, nothing is left of what was erased, nor of secrets that were replaced or removed", async () => {
    const { storage, holds } = await open();
    if (holds === undefined) throw new Error("the harness has holds for some of its data only");
    const { writer, messages } = storage;
    const found = async (texts: readonly string[]) => {
      const looks = await Promise.all(texts.map(async (text) => ((await holds(text)) ? [text] : [])));
      return looks.flat();
    };
    const ids = Array.from({ length: 20 }, (_, index) => `m${index}`);
    for (const id of ids) {
      // Larger than a page, as pages go, so that it has pages of its own as well.
      const body = JSON.stringify({ text: "gone-body ".repeat(900) });
      const stored = message(id, { body, subject: "gone-subject" });
      await valueOf(writer.append(commit(`message-${id}`, "any", [], { messages: [stored] })));
      await schedule(storage, id, { messageId: id });
      const responses = [{ deliveryId: id, attempt: 1, excerpt: "gone-response" }];
      await valueOf(writer.append(commit(deliveryStream(id), "any", [failed(1, T0)], { responses })));
    }
    const secrets = [
      secret("replaced", { webhookId: "webhook-1", value: "gone-value" }),
      secret("forgotten", { webhookId: "webhook-2", value: "gone-secret" }),
    ].map((one) => ({ op: "put", secret: one }) as const);
    const staying = [message("staying", { body: '"stays"' })];
    await valueOf(writer.append({ recordedAt: T0, streams: [], messages: staying, secrets }));
    expect(await found([...GOING, "stays"])).toEqual([...GOING, "stays"]);

    const erased: DomainEvent = { type: "MessageErased", data: {} };
    for (const id of ids) await valueOf(writer.append(commit(`message-${id}`, "any", [erased], { erasures: [id] })));
    const changes = [
      { op: "replace", webhookId: "webhook-1", secretId: "replaced", value: "another", keyId: "k" },
      { op: "forget", webhookId: "webhook-2" },
    ] as const;
    await valueOf(writer.append({ recordedAt: T0, streams: [], secrets: changes }));
    await valueOf(messages.purge());

    expect(await found([...GOING, "stays"])).toEqual(["stays"]);
    await valueOf(messages.purge());
    expect(await valueOf(messages.get("staying"))).toEqual(staying[0]);
  });
}
