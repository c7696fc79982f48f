import { describe, expect, it } from "vitest";
import { createSignRequest, type RequestSettings } from "../../src/application/deliveries/sign-request.ts";
import { signBody, standardWebhooksSignature } from "../../src/domain/signing/index.ts";

const settings: RequestSettings = {
  userAgent: "ua/1",
  contentType: "application/json",
  signatureHeader: "X-Sig",
  timeoutSeconds: 7,
};
const target = { url: "https://a.example/", secret: "new", signing: ["new", "old"], headers: {} };
const message = { messageId: "m-1", body: new TextEncoder().encode('{"a":1}'), now: 1_999 };

describe("createSignRequest", () => {
  it("signs the body's bytes twice: by the newest secret for the seed's header, by all of them for Standard Webhooks", () => {
    const { url, headers, body, timeoutSeconds } = createSignRequest(settings, target)(message);
    expect([url, Buffer.from(body).toString(), timeoutSeconds]).toEqual([target.url, '{"a":1}', 7]);
    expect(headers).toEqual({
      "Content-Type": "application/json",
      "User-Agent": "ua/1",
      "X-Sig": signBody(message.body, "new"),
      "webhook-id": "m-1",
      // Whole seconds, rounded down: a receiver must not see a time that is still to come.
      "webhook-timestamp": "1",
      "webhook-signature": standardWebhooksSignature({
        messageId: "m-1",
        timestampSeconds: 1,
        body,
        secrets: ["new", "old"],
      }),
    });
  });

  it("a webhook's own header replaces a default, whatever its case; it never stands twice", () => {
    const { headers } = createSignRequest(settings, {
      ...target,
      headers: { "user-AGENT": "own/2", "content-type": "text/json", "x-a": "1" },
    })(message);
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    expect(headers).toMatchObject({ "user-AGENT": "own/2", "content-type": "text/json", "x-a": "1" });
  });

  it("a webhook's own header never replaces a signature, not even one that got the name of the header later", () => {
    const own = { "x-sig": "forged", "Webhook-Id": "forged", "webhook-SIGNATURE": "forged", "x-a": "1" };
    const { headers } = createSignRequest(settings, { ...target, headers: own })(message);
    expect(headers["X-Sig"]).toBe(signBody(message.body, "new"));
    expect(headers["x-a"]).toBe("1");
    expect(Object.values(headers)).not.toContain("forged");
  });
});
