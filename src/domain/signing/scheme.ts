/**
 * - `kemi`: the seed's header, HMAC-SHA256 of the body in hex
 * - `v1`: Standard Webhooks' HMAC-SHA256
 * - `v1a`: Standard Webhooks' ed25519, which a receiver checks without being able to sign
 */
export const signingSchemes = ["kemi", "v1", "v1a"] as const;
export type SigningScheme = (typeof signingSchemes)[number];

/** What a webhook gets that says nothing else, and that was registered before it could. */
export const DEFAULT_SCHEMES: readonly SigningScheme[] = ["kemi", "v1"];
