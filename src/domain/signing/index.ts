export { decodeBase64 } from "./base64.ts";
export { ed25519Signature, formatKeyPair, isPublicKey, readKeyPair, SEED_BYTES } from "./ed25519.ts";
export { hmacSha256, type HmacKey } from "./hmac.ts";
export { kemiKey, signBody, signPayload, verifyPayload } from "./kemi-signature.ts";
export { DEFAULT_SCHEMES, signingSchemes, type SigningScheme } from "./scheme.ts";
export {
  formatWhsec,
  secretKeyBytes,
  signedContent,
  standardWebhooksKey,
  type SignedContent,
} from "./standard-webhooks.ts";
