import { err, ok, ResultAsync, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import { isObject } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { earlierPublication, reusedKey } from "./earlier-publication.ts";
import { planPublication, type Plan } from "./plan-publication.ts";
import { prepareMessage, type NewMessage } from "./prepare-message.ts";
import type { Publication } from "./publication.ts";
import { commitPlans, type PublishError } from "./publish.ts";

/** What is wrong, and `index`: with which of the messages; null where it is none of them that is to blame. */
export type PublishManyError = PublishError & { readonly index: number | null };

/** One commit holds up the process for as long as it takes: with one webhook, some 20 ms for so many. */
export const MOST_MESSAGES = 1000;

/**
 * Publishes up to {@link MOST_MESSAGES} messages in one transaction: all of them, or none. The answers come in the order
 * of the messages. A message whose idempotency key was used, before or earlier in the list, gives that publication.
 */
export function publishMany(
  deps: Dependencies,
  inputs: readonly NewMessage[],
): ResultAsync<readonly Publication[], PublishManyError> {
  const checked = checkList(inputs);
  return new ResultAsync(checked.isErr() ? Promise.resolve(err({ ...checked.error, index: null })) : all(deps, inputs));
}

async function all(
  deps: Dependencies,
  inputs: readonly NewMessage[],
): Promise<Result<readonly Publication[], PublishManyError>> {
  const plans: Plan[] = [];
  const byKey = new Map<string, Plan>();
  const publications: Publication[] = [];
  for (const [index, input] of inputs.entries()) {
    const planned = await planOne(deps, input, byKey);
    if (planned.isErr()) return err({ ...planned.error, index });
    if ("streams" in planned.value) {
      plans.push(planned.value);
      publications.push(planned.value.publication);
    } else publications.push(planned.value);
  }
  const [first, ...others] = plans;
  if (first === undefined) return ok(publications);
  const committed = await commitPlans(deps, [first, ...others]);
  if (committed.isOk()) return ok(publications);
  const { error } = committed;
  if (error.type === "StorageError") return err({ ...error, index: null });
  const refreshed = await deps.directory.refresh();
  return refreshed.isErr() ? err({ ...refreshed.error, index: null }) : all(deps, inputs);
}

async function planOne(
  deps: Dependencies,
  input: NewMessage,
  byKey: Map<string, Plan>,
): Promise<Result<Plan | Publication, PublishError>> {
  if (!isObject(input)) return err(invalidInput("message", "must be an object", input));
  const prepared = await prepareMessage(deps, input);
  if (prepared.isErr()) return err(prepared.error);
  const { tenantId, idempotencyKey } = prepared.value;
  const slot = JSON.stringify([tenantId, idempotencyKey]);
  const inList = idempotencyKey === null ? undefined : byKey.get(slot);
  if (inList !== undefined && idempotencyKey !== null) {
    return reusedKey(prepared.value, inList.message, idempotencyKey).map(() => ({
      ...inList.publication,
      duplicate: true,
    }));
  }
  const earlier = await earlierPublication(deps, prepared.value);
  if (earlier.isErr()) return err(earlier.error);
  if (earlier.value !== null) return ok(earlier.value);
  const tenant = await deps.directory.ofTenant(tenantId);
  if (tenant.isErr()) return err(tenant.error);
  const plan = planPublication(deps, prepared.value, tenant.value);
  if (idempotencyKey !== null) byKey.set(slot, plan);
  return ok(plan);
}

function checkList(inputs: unknown): Result<void, InvalidInput> {
  return Array.isArray(inputs) && inputs.length <= MOST_MESSAGES
    ? ok()
    : err(invalidInput("messages", `must be an array of at most ${MOST_MESSAGES} messages`, inputs));
}
