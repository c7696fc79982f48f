import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { Given, NamesOf } from "../../domain/known-names.ts";
import type { UnknownEventType } from "../../domain/message/index.ts";
import type { RetryConfig } from "../../domain/retry/index.ts";
import type { SigningScheme } from "../../domain/signing/index.ts";
import { checkHeaders, checkUrl, type HeaderReference, type WebhookHeaders } from "../../domain/webhook/index.ts";
import { endpointOf, HTTPS_RULE, permitsScheme, type ForbiddenAddress } from "../../ports/network-policy.ts";
import type { SigningFailed } from "../../ports/signer.ts";
import type { SecretWrite } from "../../ports/secret-store.ts";
import { reservedHeaders } from "../deliveries/request-settings.ts";
import type { Dependencies } from "../dependencies.ts";
import { putSecret } from "./new-secret.ts";

/** A webhook's settings, at registration and later. */
export interface WebhookSettings {
  /** Absolute, `https:` or `http:`, without a user name or a password. The network policy judges its host. */
  readonly url: string;
  /** Event types of the catalogue, groups of them such as `order.*`, or `*` for all that there are and will be. */
  readonly events: readonly string[];
  /**
   * Signs what is sent: `whsec_` and base64 of 24 to 64 bytes, or any text. One is made if none is given. The empty
   * text counts as given, as in kemi, and everybody can sign with it.
   */
  readonly secret?: string | undefined;
  /**
   * The schemes that sign its requests. By default those of `webhookDefaults`, or `kemi` and `v1` if there are none,
   * and also `v1a` if a key pair is given. If `v1a` is named without a key pair, one is made.
   */
  readonly schemes?: readonly SigningScheme[] | undefined;
  /**
   * The private key that signs by `v1a`: `whsk_` and the base64 of seed and public key, or the signer's name for it.
   */
  readonly keyPair?: string | undefined;
  /** True by default. A webhook that is not active gets no messages. */
  readonly active?: boolean | undefined;
  /**
   * A field that is left out gets that of `webhookDefaults`, or else hookledger's own default; on update, it keeps its
   * present value. `maxRetries` and the other fields that a schedule replaces do without the schedule that would be
   * taken over.
   */
  readonly retryConfig?: Given<RetryConfig> | undefined;
  /**
   * The most requests a second to the webhook, retries included, over all workers of the storage. What is due beyond
   * that waits, evenly spaced, and uses up no attempt. At most a tenth of it begins at once, but always one, so any one
   * second may pass the limit by that. From 0.01 to 10,000, or null for no limit. By default that of
   * `webhookDefaults`, or else none.
   */
  readonly rateLimitPerSecond?: number | null | undefined;
  /** Sent with every attempt. Their values are kept like secrets. */
  readonly headers?: WebhookHeaders | undefined;
}

export const settingNames: NamesOf<WebhookSettings> = {
  url: true,
  events: true,
  secret: true,
  schemes: true,
  keyPair: true,
  active: true,
  retryConfig: true,
  rateLimitPerSecond: true,
  headers: true,
};

/** `SigningFailed`: the application's own signer could not tell the public key. */
export type InputError = InvalidInput | UnknownEventType | (ForbiddenAddress & InField) | SigningFailed;

/** Names the setting, as other errors do themselves. */
interface InField {
  readonly field: string;
}

export function checkTarget({ network }: Pick<Dependencies, "network">, url: string): Result<string, InputError> {
  return checkUrl(url)
    .andThen((parsed) => (permitsScheme(network, parsed) ? ok(parsed) : err(invalidInput("url", HTTPS_RULE, url))))
    .andThen((parsed): Result<void, InputError> =>
      network.judgeHost(endpointOf(parsed)).mapErr((error) => ({ ...error, field: "url" })),
    )
    .map(() => url);
}

/** The ledger knows custom headers by name, the secret store by value. */
export function prepareHeaders(
  deps: Pick<Dependencies, "ids" | "clock" | "request">,
  webhookId: string,
  headers: WebhookHeaders,
): Result<{ readonly reference: HeaderReference | null; readonly writes: readonly SecretWrite[] }, InvalidInput> {
  return checkHeaders(headers, "headers", reservedHeaders(deps.request)).map((checked) => {
    const now = deps.clock.now();
    const names = Object.keys(checked);
    const expire: SecretWrite = { op: "expire", webhookId, kind: "headers", expiresAt: now, now, most: 0 };
    if (names.length === 0) return { reference: null, writes: [expire] };
    const value = JSON.stringify(checked);
    const { secretId: headersId, put } = putSecret(deps, { webhookId, kind: "headers", value, now });
    return { reference: { headersId, names }, writes: [expire, put] };
  });
}
