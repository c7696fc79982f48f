import { describe, expect, it } from "vitest";
import { signRequest, type RequestSettings } from "../../src/application/deliveries/sign-request.ts";
import { signBody, standardWebhooksSignature } from "../../src/domain/signing/index.ts";

const settings: RequestSettings = {
  userAgent: "ua/1",
  contentType: "application/json",
  signatureHeader: "X-Sig",
  timeoutSeconds: 7,
};
const unsigned = {
  url: "https://a.example/",
  messageId: "m-1",
  body: '{"a":1}',
  secret: "new",
  signing: ["new", "old"],
  headers: {},
  now: 1_999,
};

describe("signRequest", () => {
  it("signs the body's bytes twice: by the newest secret for the seed's header, by all of them for Standard Webhooks", () => {
    const { url, headers, body, timeoutSeconds } = signRequest(settings, unsigned);
    expect([url, Buffer.from(body).toString(), timeoutSeconds]).toEqual([unsigned.url, unsigned.body, 7]);
    expect(headers).toEqual({
      "Content-Type": "application/json",
      "User-Agent": "ua/1",
      "X-Sig": signBody(unsigned.body, "new"),
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
    const { headers } = signRequest(settings, {
      ...unsigned,
      headers: { "user-AGENT": "own/2", "content-type": "text/json", "x-a": "1" },
    });
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    expect(headers).toMatchObject({ "user-AGENT": "own/2", "content-type": "text/json", "x-a": "1" });
  });

  it("a webhook's own header never replaces a signature, not even one that got the name of the header later", () => {
    const own = { "x-sig": "forged", "Webhook-Id": "forged", "webhook-SIGNATURE": "forged", "x-a": "1" };
    const { headers } = signRequest(settings, { ...unsigned, headers: own });
    expect(headers["X-Sig"]).toBe(signBody(unsigned.body, "new"));
    expect(headers["x-a"]).toBe("1");
    expect(Object.values(headers)).not.toContain("forged");
  });
});
