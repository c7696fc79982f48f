export const signingSchemes = ["kemi", "v1", "v1a"] as const;

/**
 * - `kemi`: `X-Kemi-Signature`, HMAC-SHA256 of the body in hex
 * - `v1`: Standard Webhooks' HMAC-SHA256
 * - `v1a`: Standard Webhooks' ed25519, which a receiver checks without being able to sign
 */
export type SigningScheme = (typeof signingSchemes)[number];

/** The schemes of a webhook whose registration names none, or that was registered before schemes existed. */
export const DEFAULT_SCHEMES: readonly SigningScheme[] = ["kemi", "v1"];
