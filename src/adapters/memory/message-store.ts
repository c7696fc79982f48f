import { byCodePoint } from "../../domain/by-code-point.ts";
import { streamId } from "../../domain/ledger/index.ts";
import { idempotencySlot, type MessageStore } from "../../ports/message-store.ts";
import type { Door } from "./door.ts";
import { pageById } from "./page-by-id.ts";
import type { State } from "./state.ts";

export function createMessageStore({ messages, idempotencyKeys, streams }: State, door: Door): MessageStore {
  return {
    get: (messageId) => door.enter(() => messages.get(messageId) ?? null),
    findByIdempotencyKey: (tenantId, idempotencyKey) =>
      door.enter(() => {
        const messageId = idempotencyKeys.get(idempotencySlot(tenantId, idempotencyKey));
        return messageId === undefined ? null : (messages.get(messageId) ?? null);
      }),
    standings: (messageIds) =>
      door.enter(() =>
        [...new Set(messageIds)].map((messageId) => ({
          messageId,
          version: streams.get(streamId("message", messageId))?.length ?? 0,
          isErased: (messages.get(messageId)?.erasedAt ?? null) !== null,
        })),
      ),
    aboutSubject: ({ tenantId, subject, after, newestFirst = false, limit }) =>
      door.enter(() => {
        const about = [...messages.values()].filter(
          (message) => message.tenantId === tenantId && message.subject === subject,
        );
        const inOrder = (one: string, other: string) =>
          newestFirst ? byCodePoint(other, one) : byCodePoint(one, other);
        return pageById(about, ({ messageId }) => messageId, after, limit, inOrder).map(({ body, ...rest }) => rest);
      }),
    list: (after, limit) =>
      door.enterInTurn(() =>
        pageById(messages.values(), ({ messageId }) => messageId, after, limit).map(
          ({ messageId, tenantId, erasedAt }) => ({ messageId, tenantId, erasedAt }),
        ),
      ),
    purge: () => door.enter(() => undefined),
  };
}
