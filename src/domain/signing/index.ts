export { signBody, signPayload, verifyPayload } from "./kemi-signature.ts";
export {
  formatWhsec,
  secretKeyBytes,
  standardWebhooksSignature,
  type StandardWebhooksMessage,
} from "./standard-webhooks.ts";
