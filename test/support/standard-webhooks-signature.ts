import { hmacSha256, signedContent, standardWebhooksKey, type SignedContent } from "../../src/domain/signing/index.ts";

interface Sent extends SignedContent {
  /** The secrets in force, newest first. */
  readonly secrets: readonly string[];
}

/** The `v1` signatures of `webhook-signature`, one for each secret. */
export function standardWebhooksSignature({ secrets, ...content }: Sent): string {
  const sign = (secret: string) => hmacSha256(signedContent(content), standardWebhooksKey(secret));
  return secrets.map((secret) => `v1,${Buffer.from(sign(secret)).toString("base64")}`).join(" ");
}
