import { err, ok, type Result } from "neverthrow";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import {
  canonicalJson,
  checkEventType,
  checkPayloadSize,
  type NotJson,
  type PayloadTooLarge,
  type UnknownEventType,
} from "../../domain/message/index.ts";
import { checkId, checkName } from "../../domain/webhook/index.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { resolveTenant } from "../tenant.ts";
import { unlessClosed } from "../unless-closed.ts";
import { fitPayload, type InvalidPayload } from "./fit-payload.ts";

export interface NewMessage {
  readonly event: string;
  readonly payload: unknown;
  /**
   * Publishing again under the same key, within a tenant, returns the first answer and sends nothing. 1 to 200
   * characters.
   */
  readonly idempotencyKey?: string | undefined;
  readonly tenantId?: string | undefined;
  /** Only this webhook of the tenant receives it, whatever it has subscribed to. */
  readonly webhookId?: string | undefined;
  /**
   * Whom or what the payload is about, such as a user's id; `messages.erase` finds the message by it. 1 to 200
   * characters.
   */
  readonly subject?: string | undefined;
}

export const messageNames: NamesOf<NewMessage> = {
  event: true,
  payload: true,
  idempotencyKey: true,
  tenantId: true,
  webhookId: true,
  subject: true,
};

/** A message in the form in which it is stored and sent, and the one webhook that it is for, if any. */
export interface OutgoingMessage {
  readonly message: StoredMessage;
  readonly webhookId: string | undefined;
}

export type MessageError = InvalidInput | UnknownEventType | InvalidPayload | NotJson | PayloadTooLarge;

/**
 * Checks a message and gives it its form. Reads the message at the call, before waiting for anything: if the
 * application changes its object afterwards, that does not change what is published. `StorageError`, `closed`: the
 * instance was closed before the schema answered.
 */
export async function prepareMessage(
  deps: Pick<Dependencies, "catalogue" | "clock" | "ids" | "limits" | "closing" | "tenantId">,
  input: NewMessage,
): Promise<Result<OutgoingMessage, MessageError | StorageError>> {
  const checked = checkMessage(deps, input);
  if (checked.isErr()) return err(checked.error);
  const tenantId = checked.value;
  const fitted = fitPayload(deps, input.event, input.payload);
  if (!("then" in fitted)) return fitted.andThen((payload) => messageOf(deps, input, { tenantId, payload }));
  const given = { ...input };
  const answered = await unlessClosed(deps.closing, fitted);
  return answered.andThen((payload) => messageOf(deps, given, { tenantId, payload }));
}

/**
 * Checks everything but the payload.
 *
 * @returns its tenant
 */
export function checkMessage(
  deps: Pick<Dependencies, "catalogue" | "tenantId">,
  { event, idempotencyKey, tenantId, webhookId, subject }: Omit<NewMessage, "payload">,
): Result<string, InvalidInput | UnknownEventType> {
  return checkEventType(event, deps.catalogue)
    .andThen(() => (idempotencyKey === undefined ? ok() : checkName("idempotencyKey", idempotencyKey)))
    .andThen(() => (webhookId === undefined ? ok() : checkId("webhookId", webhookId)))
    .andThen(() => (subject === undefined ? ok() : checkName("subject", subject)))
    .andThen(() => resolveTenant(deps, tenantId));
}

/** Gives a checked message its form, with its tenant, and its payload as the schema has made it. */
export function messageOf(
  { clock, ids, limits }: Pick<Dependencies, "clock" | "ids" | "limits">,
  { event, idempotencyKey, webhookId, subject }: NewMessage,
  { tenantId, payload }: { readonly tenantId: string; readonly payload: unknown },
): Result<OutgoingMessage, NotJson | PayloadTooLarge> {
  return canonicalJson(payload)
    .andThen((text) => checkPayloadSize(text, limits.payloadBytes))
    .map((body) => ({
      message: {
        messageId: ids.next(),
        tenantId,
        event,
        body,
        idempotencyKey: idempotencyKey ?? null,
        createdAt: clock.now(),
        subject: subject ?? null,
        erasedAt: null,
      },
      webhookId,
    }));
}
