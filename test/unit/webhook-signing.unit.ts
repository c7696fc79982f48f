import { describe, expect, it } from "vitest";
import { replay } from "../../src/domain/decider.ts";
import { DEFAULT_RETRY_CONFIG } from "../../src/domain/retry/index.ts";
import type { SigningScheme } from "../../src/domain/signing/index.ts";
import {
  webhookDecider,
  type KeyPairReference,
  type WebhookCommand,
  type WebhookRegistered,
} from "../../src/domain/webhook/index.ts";
import { givenFor } from "../../src/testing/given-when-then.ts";

const given = givenFor(webhookDecider);
const NOW = Date.parse("2026-01-01T00:00:00.000Z");
const pair: KeyPairReference = { keyPairId: "pair-1", publicKey: "whpk_1" };
const other: KeyPairReference = { keyPairId: "pair-2", publicKey: "whpk_2" };

const registered = (signing: Pick<WebhookRegistered["data"], "schemes" | "keyPair"> = {}): WebhookRegistered => ({
  type: "WebhookRegistered",
  data: {
    ...{ webhookId: "hook", tenantId: "", url: "https://a.example/", events: [], active: true, headers: null },
    ...{ retryConfig: DEFAULT_RETRY_CONFIG, secretId: "secret-1" },
    ...signing,
  },
});
const changeTo = (...schemes: SigningScheme[]): WebhookCommand => ({ type: "ChangeSchemes", data: { schemes } });
const add = (scheme: SigningScheme): WebhookCommand => ({ type: "AddScheme", data: { scheme } });
const rotate = (keyPair: KeyPairReference, overlapSeconds: number): WebhookCommand => ({
  type: "RotateKeyPair",
  data: { keyPair, overlapSeconds, now: NOW },
});
const withoutPair = {
  type: "InvalidInput",
  field: "schemes",
  rule: "must not include v1a if the webhook has no key pair",
} as const;

describe("the schemes of a webhook", () => {
  it("are kemi and v1 if the event of its registration names none, as in older ledgers", () => {
    const state = replay(webhookDecider, [registered()]);
    expect(state).toMatchObject({ schemes: ["kemi", "v1"], keyPair: null });
  });

  it("are those it was registered with", () => {
    const state = replay(webhookDecider, [registered({ schemes: ["v1a"], keyPair: pair })]);
    expect(state).toMatchObject({ schemes: ["v1a"], keyPair: pair });
  });

  it("do not hold v1a without a key pair, at registration and later", () => {
    const { data } = registered({ schemes: ["v1a"], keyPair: null });
    const message = `${withoutPair.field} ${withoutPair.rule}; received an array of 1`;
    given()
      .when({ type: "RegisterWebhook", data })
      .thenRefused({ ...withoutPair, message });
    given(registered())
      .when(changeTo("v1a"))
      .thenRefused({ ...withoutPair, message });
  });

  it("must be at least one", () => {
    const rule = "must be one or more of kemi, v1, v1a";
    const refusal = { type: "InvalidInput", field: "schemes", rule } as const;
    given(registered())
      .when(changeTo())
      .thenRefused({ ...refusal, message: `schemes ${rule}; received an array of 0` });
  });

  it("are recorded at registration each once and in one order", () => {
    const { data } = registered({ schemes: ["v1", "kemi", "v1"] });
    given()
      .when({ type: "RegisterWebhook", data })
      .then(registered({ schemes: ["kemi", "v1"] }));
  });

  it("are a set: the same ones in another order are no change", () => {
    given(registered()).when(changeTo("v1", "kemi")).then();
    given(registered())
      .when(changeTo("v1", "v1"))
      .then({ type: "WebhookSchemesChanged", data: { schemes: ["v1"] } });
  });

  it("may be one more, added to those that the webhook has when it is decided", () => {
    const before = registered({ schemes: ["v1"], keyPair: pair });
    given(before)
      .when(add("v1a"))
      .then({ type: "WebhookSchemesChanged", data: { schemes: ["v1", "v1a"] } });
    given(before)
      .when(add("kemi"))
      .then({ type: "WebhookSchemesChanged", data: { schemes: ["kemi", "v1"] } });
    given(before).when(add("v1")).then();
    given(registered())
      .when(add("v1a"))
      .thenRefused({ ...withoutPair, message: `schemes ${withoutPair.rule}; received an array of 3` });
  });
});

describe("the key pair of a webhook", () => {
  it("has no overlap if it is the first", () =>
    given(registered())
      .when(rotate(pair, 60))
      .then({ type: "WebhookKeyPairRotated", data: { keyPair: pair, overlapUntil: null } }));

  it("is added only if there is none, so it replaces no other", () => {
    const make: WebhookCommand = { type: "AddKeyPair", data: { keyPair: pair } };
    given(registered())
      .when(make)
      .then({ type: "WebhookKeyPairRotated", data: { keyPair: pair, overlapUntil: null } });
    given(registered({ schemes: ["v1"], keyPair: other }))
      .when(make)
      .then();
  });

  it("is rotated, and the event says until when the previous one signs too", () => {
    const before = registered({ schemes: ["v1a"], keyPair: pair });
    given(before)
      .when(rotate(other, 60))
      .then({ type: "WebhookKeyPairRotated", data: { keyPair: other, overlapUntil: "2026-01-01T00:01:00.000Z" } });
    given(before)
      .when(rotate(other, 0))
      .then({ type: "WebhookKeyPairRotated", data: { keyPair: other, overlapUntil: null } });
    given(before).when(rotate(pair, 60)).then();
  });

  it("stays when v1a is removed, so that v1a can come back", () => {
    const before = registered({ schemes: ["v1", "v1a"], keyPair: pair });
    given(before)
      .when(changeTo("v1"))
      .then({ type: "WebhookSchemesChanged", data: { schemes: ["v1"] } });
    given(before, { type: "WebhookSchemesChanged", data: { schemes: ["v1"] } })
      .when(changeTo("v1a"))
      .then({ type: "WebhookSchemesChanged", data: { schemes: ["v1a"] } });
  });
});
