import { ok, okAsync, safeTry, type Result, type ResultAsync } from "neverthrow";
import { parseSubscriptions } from "../../domain/message/index.ts";
import { parseRetryConfig } from "../../domain/retry/index.ts";
import { checkRateLimit, checkSecret, type WebhookCommand, type WebhookHeaders } from "../../domain/webhook/index.ts";
import type { SecretWrite } from "../../ports/secret-store.ts";
import { checkFlag } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import type { Complete, Incomplete } from "./complete.ts";
import { prepareSchemes, replaceKeyPair, signByKeyPair } from "./key-pair.ts";
import { replaceSecret } from "./new-secret.ts";
import { checkTarget, prepareHeaders, type InputError, type WebhookSettings } from "./webhook-input.ts";

/** What a setting's change comes to. */
interface Change {
  readonly commands: readonly WebhookCommand[];
  readonly secrets: readonly SecretWrite[];
}

const nothing: Change = { commands: [], secrets: [] };

/** A change of which the secret store knows nothing. */
function only(command: WebhookCommand): Change {
  return { commands: [command], secrets: [] };
}

/** The webhook before the change. */
export type Present = Complete | Incomplete;

/** The settings to change; what is left out stays. */
export type Changes = { readonly [Name in keyof WebhookSettings]?: WebhookSettings[Name] | undefined } & {
  /** Whether its deliveries wait, those that are due and those published meanwhile; nothing is lost. */
  readonly paused?: boolean | undefined;
};

/** Returns the commands to decide and the secrets to write so that the given settings hold. */
export function changesTo(deps: Dependencies, present: Present, changes: Changes): ResultAsync<Change, InputError> {
  return safeTry(async function* () {
    const parts: readonly Change[] = [
      yield* urlChange(deps, changes.url),
      yield* subscriptionChange(deps, changes.events),
      yield* retryChange(changes.retryConfig),
      yield* rateLimitChange(changes.rateLimitPerSecond),
      yield* headersChange(deps, present, changes.headers),
      yield* secretChange(deps, present, changes.secret),
      yield* signingChange(deps, present, changes),
      yield* activeChange(changes.active),
      yield* pausedChange(changes.paused),
    ];
    return ok({
      commands: parts.flatMap(({ commands }) => commands),
      secrets: parts.flatMap(({ secrets }) => secrets),
    });
  });
}

type Changed = Result<Change, InputError>;

function urlChange(deps: Dependencies, url: string | undefined): Changed {
  if (url === undefined) return ok(nothing);
  return checkTarget(deps, url).map(() => only({ type: "ChangeUrl", data: { url } }));
}

function subscriptionChange(deps: Dependencies, events: readonly string[] | undefined): Changed {
  if (events === undefined) return ok(nothing);
  return parseSubscriptions(deps.catalogue, events).map((checked) =>
    only({ type: "ChangeSubscription", data: { events: checked } }),
  );
}

function retryChange(retryConfig: Changes["retryConfig"]): Changed {
  if (retryConfig === undefined) return ok(nothing);
  return parseRetryConfig(retryConfig).map(() => only({ type: "ChangeRetryConfig", data: { retryConfig } }));
}

function rateLimitChange(rateLimitPerSecond: number | null | undefined): Changed {
  if (rateLimitPerSecond === undefined) return ok(nothing);
  return checkRateLimit(rateLimitPerSecond).map((checked) =>
    only({ type: "ChangeRateLimit", data: { rateLimitPerSecond: checked } }),
  );
}

function headersChange(deps: Dependencies, present: Present, headers: WebhookHeaders | undefined): Changed {
  if (headers === undefined) return ok(nothing);
  return prepareHeaders(deps, present.view.webhookId, headers).map(({ reference, writes }) =>
    present.headers !== null && sameHeaders(headers, present.headers)
      ? nothing
      : { commands: [{ type: "ChangeHeaders", data: { headers: reference } }], secrets: writes },
  );
}

function secretChange(deps: Dependencies, present: Present, secret: string | undefined): Changed {
  if (secret === undefined || secret === present.secret) return ok(nothing);
  return checkSecret(secret).map((checked) => {
    const { command, writes } = replaceSecret(deps, present.view.webhookId, checked, 0);
    return { commands: [command], secrets: writes };
  });
}

/**
 * A new private key takes over at once, as a new secret does, and the first one adds its scheme. A key pair that is
 * made because there was none replaces no other: the webhook may have been given one meanwhile.
 */
function signingChange(
  deps: Dependencies,
  { view, secret }: Present,
  { schemes, keyPair }: Pick<Changes, "schemes" | "keyPair">,
): ResultAsync<Change, InputError> {
  if (schemes === undefined && keyPair === undefined) return okAsync(nothing);
  const presentKey = view.keyPair?.publicKey ?? null;
  const isKept = keyPair === undefined && presentKey !== null;
  const present = { isKept, defaults: view.schemes };
  return prepareSchemes(deps, view.webhookId, { schemes, keyPair }, present).map((prepared) => {
    const change: WebhookCommand =
      schemes === undefined ? signByKeyPair : { type: "ChangeSchemes", data: { schemes: prepared.schemes } };
    const { keyPair: made } = prepared;
    if (made === null || (secret !== null && made.reference.publicKey === presentKey)) return only(change);
    if (keyPair === undefined) {
      const add: WebhookCommand = { type: "AddKeyPair", data: { keyPair: made.reference } };
      return { commands: [add, change], secrets: [made.put] };
    }
    const { command, writes } = replaceKeyPair(deps, view.webhookId, made, 0);
    return { commands: [command, change], secrets: writes };
  });
}

function activeChange(active: boolean | undefined): Changed {
  if (active === undefined) return ok(nothing);
  return checkFlag("active", active).map((wanted) =>
    only(wanted ? { type: "ActivateWebhook" } : { type: "DeactivateWebhook", data: { reason: "operator" } }),
  );
}

function pausedChange(paused: boolean | undefined): Changed {
  if (paused === undefined) return ok(nothing);
  return checkFlag("paused", paused).map((wanted) => only({ type: wanted ? "PauseWebhook" : "ResumeWebhook" }));
}

function sameHeaders(left: WebhookHeaders, right: WebhookHeaders): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}
