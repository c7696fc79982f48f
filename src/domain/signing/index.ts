export { kemiKey, signBody, signPayload, verifyPayload } from "./kemi-signature.ts";
export {
  formatWhsec,
  secretKeyBytes,
  standardWebhooksKey,
  standardWebhooksSignature,
  type StandardWebhooksMessage,
} from "./standard-webhooks.ts";
