import { err, ok, Result } from "neverthrow";
import type { NetworkOptions } from "./adapters/network/network-policy.ts";
import { checkObject, checkText, isObject } from "./application/check-arguments.ts";
import type { Limits } from "./application/dependencies.ts";
import { standardHeaders, type RequestSettings } from "./application/deliveries/request-settings.ts";
import { invalidInput, type InvalidInput } from "./domain/invalid-input.ts";
import { DEFAULT_PAYLOAD_BYTES, type EventCatalogue } from "./domain/message/index.ts";
import { checkHeaderName, checkHeaders } from "./domain/webhook/index.ts";
import type { Clock } from "./ports/clock.ts";
import type { HttpClientAdapter } from "./ports/http-client.ts";
import type { Ids } from "./ports/ids.ts";
import type { Logger } from "./ports/logger.ts";
import type { Random } from "./ports/random.ts";
import type { SecretCipher } from "./ports/secret-cipher.ts";
import type { Signer } from "./ports/signer.ts";
import type { JoinedAs } from "./hookledger.ts";
import type { JoinedTransaction } from "./ports/open-transaction.ts";
import type { StorageAdapter } from "./ports/storage.ts";
import type { GivenWebhookDefaults } from "./webhook-defaults.ts";

export interface HookledgerOptions<
  Catalogue extends EventCatalogue,
  Transaction = never,
  Joined extends JoinedTransaction = JoinedAs<Transaction>,
> {
  /** Where the ledger is: `sqliteStorage({ path })`, `memoryStorage()`. */
  readonly storage: StorageAdapter<Transaction, Joined>;
  /** What sends the requests; `kyHttpClient()`, if not given. */
  readonly http?: HttpClientAdapter | undefined;
  /** The application's event types, by `defineEvents`; the six memory events, if not given. */
  readonly events?: Catalogue | undefined;
  /** What may be reached beside the public internet. */
  readonly network?: NetworkOptions | undefined;
  /** How requests look, and how long one may take. */
  readonly request?: Partial<RequestSettings> | undefined;
  /** What a webhook has that is registered without it, such as a `retryConfig` for all. */
  readonly webhookDefaults?: GivenWebhookDefaults | undefined;
  /** How large a payload may be. */
  readonly limits?: Partial<Limits> | undefined;
  readonly clock?: Clock | undefined;
  readonly ids?: Ids | undefined;
  readonly random?: Random | undefined;
  /** Silent, if not given. */
  readonly logger?: Logger | undefined;
  /** What uses the keys; if not given, this process does. */
  readonly signer?: Signer | undefined;
  /** Encrypts secrets, private keys and the values of custom headers in the database; plain text, if not given. */
  readonly cipher?: SecretCipher | undefined;
}

const seedRequest: RequestSettings = {
  userAgent: "kemi-webhook/1.0",
  contentType: "application/json",
  signatureHeader: "X-Kemi-Signature",
  headerPrefix: "webhook-",
  timeoutSeconds: 10,
};

/** An hour: an attempt that takes longer is a mistake in the units. */
const LONGEST_TIMEOUT_SECONDS = 3600;

/** What each option that is a port must be able to do. */
const ports = {
  storage: ["open"],
  http: ["open"],
  clock: ["now", "sleep"],
  ids: ["next"],
  random: ["fraction", "bytes"],
  logger: ["info", "warn", "error"],
  signer: ["keyFor", "publicKeyOf"],
  cipher: ["encrypt", "decrypt"],
} as const satisfies { readonly [Name in keyof HookledgerOptions<EventCatalogue>]: readonly string[] };

/** JavaScript may pass anything. What is inside network, request, limits, webhookDefaults and events is checked where it is read. */
export function checkOptions<Options extends object>(options: Options): Result<Options, InvalidInput> {
  return checkObject("options", options).andThen(() => {
    const given = new Map<string, unknown>(Object.entries(options));
    for (const [name, members] of Object.entries(ports)) {
      const port = given.get(name);
      if (port === undefined && name !== "storage") continue;
      if (!members.every((member) => isFunction(port, member))) {
        return err(invalidInput(name, `must have ${members.map((member) => `${member}()`).join(", ")}`, port));
      }
    }
    for (const name of ["network", "request", "limits", "webhookDefaults", "events"]) {
      const part = given.get(name);
      if (part !== undefined && !isObject(part)) return err(invalidInput(name, "must be an object", part));
    }
    return ok(options);
  });
}

function isFunction(owner: unknown, member: string): boolean {
  return (isObject(owner) || typeof owner === "function") && typeof Reflect.get(owner, member) === "function";
}

/** The seed's three headers and its timeout, with what the application wants otherwise. */
export function parseRequestSettings(given: Partial<RequestSettings> = {}): Result<RequestSettings, InvalidInput> {
  const {
    userAgent = seedRequest.userAgent,
    contentType = seedRequest.contentType,
    signatureHeader = seedRequest.signatureHeader,
    headerPrefix = seedRequest.headerPrefix,
    timeoutSeconds = seedRequest.timeoutSeconds,
  } = given;
  if (!(Number.isFinite(timeoutSeconds) && timeoutSeconds > 0 && timeoutSeconds <= LONGEST_TIMEOUT_SECONDS)) {
    const rule = `must be a number of seconds, more than 0 and at most ${LONGEST_TIMEOUT_SECONDS}`;
    return err(invalidInput("request.timeoutSeconds", rule, timeoutSeconds));
  }
  return checkText("request.signatureHeader", signatureHeader)
    .andThen(() => checkText("request.headerPrefix", headerPrefix))
    .andThen(() => checkHeaders({ "User-Agent": userAgent }, "request.userAgent"))
    .andThen(() => checkHeaders({ "Content-Type": contentType }, "request.contentType"))
    .andThen(() => checkNames("request.headerPrefix", standardHeaders({ headerPrefix }), []))
    .andThen(() => checkNames("request.signatureHeader", [signatureHeader], standardHeaders({ headerPrefix })))
    .map(() => ({ userAgent, contentType, signatureHeader, headerPrefix, timeoutSeconds }));
}

/** A payload is held in memory as a whole, several times over: SQLite takes a text of 1 GB, this process would not. */
const MOST_PAYLOAD_BYTES = 64 * 1024 * 1024;

export function parseLimits({ payloadBytes = DEFAULT_PAYLOAD_BYTES }: Partial<Limits> = {}): Result<
  Limits,
  InvalidInput
> {
  return Number.isInteger(payloadBytes) && payloadBytes > 0 && payloadBytes <= MOST_PAYLOAD_BYTES
    ? ok({ payloadBytes })
    : err(invalidInput("limits.payloadBytes", `must be a whole number from 1 to ${MOST_PAYLOAD_BYTES}`, payloadBytes));
}

/** The names of headers that hookledger sets itself: each must differ from the others. */
function checkNames(field: string, names: readonly string[], others: readonly string[]): Result<unknown, InvalidInput> {
  const taken = ["content-type", "user-agent", ...others.map((name) => name.toLowerCase())];
  return Result.combine(
    names.map((name) =>
      taken.includes(name.toLowerCase())
        ? err(invalidInput(field, "must not be the name of another header", name))
        : checkHeaderName(name, field),
    ),
  );
}
