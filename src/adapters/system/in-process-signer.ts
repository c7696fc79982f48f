import { err, ok, okAsync } from "neverthrow";
import {
  ed25519Signature,
  hmacSha256,
  kemiKey,
  readKeyPair,
  standardWebhooksKey,
  type HmacKey,
} from "../../domain/signing/index.ts";
import type { Sign, Signer, SigningKey } from "../../ports/signer.ts";

/** Signs with keys in this process's memory. */
export const inProcessSigner: Signer = {
  keyFor,
  publicKeyOf: (keyPair) => readKeyPair(keyPair).asyncAndThen(({ publicKey }) => okAsync(publicKey)),
};

function keyFor({ webhookId, scheme, secret }: SigningKey): Sign {
  switch (scheme) {
    case "kemi":
      return byHmac(kemiKey(secret));
    case "v1":
      return byHmac(standardWebhooksKey(secret));
    case "v1a": {
      const pair = readKeyPair(secret);
      if (pair.isOk()) return (content) => ok(ed25519Signature(content, pair.value.privateKey));
      const message = `the private key of the webhook ${webhookId} is damaged in the secret store; replace it`;
      return () => err({ type: "SigningFailed", message });
    }
  }
}

function byHmac(key: HmacKey): Sign {
  return (content) => ok(hmacSha256(content, key));
}
