import type { NamesOf } from "../../domain/known-names.ts";

/** How requests look, for the whole instance. */
export interface RequestSettings {
  /** `kemi-webhook/1.0` by default, as in kemi. */
  readonly userAgent: string;
  /** `application/json` by default. */
  readonly contentType: string;
  /** The name of the header with kemi's signature; `X-Kemi-Signature` by default. */
  readonly signatureHeader: string;
  /**
   * The prefix of Standard Webhooks' three header names; `webhook-` by default, which Svix's libraries read too. Choose
   * `svix-` only for receivers that read those headers by name: the libraries of Standard Webhooks do not find them.
   */
  readonly headerPrefix: string;
  /** The time for one attempt, including the response's body; 10 by default. */
  readonly timeoutSeconds: number;
}

export const requestNames: NamesOf<RequestSettings> = {
  userAgent: true,
  contentType: true,
  signatureHeader: true,
  headerPrefix: true,
  timeoutSeconds: true,
};

type HeaderNames = Pick<RequestSettings, "signatureHeader" | "headerPrefix">;

/** Returns the names of Standard Webhooks' headers. */
export function standardHeaders({
  headerPrefix,
}: Pick<RequestSettings, "headerPrefix">): readonly [id: string, timestamp: string, signature: string] {
  return [`${headerPrefix}id`, `${headerPrefix}timestamp`, `${headerPrefix}signature`];
}

/** Returns the names, in lower case, of the headers that no webhook's own may replace. */
export function reservedHeaders(names: HeaderNames): readonly string[] {
  return [names.signatureHeader, ...standardHeaders(names)].map((name) => name.toLowerCase());
}
