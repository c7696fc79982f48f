import { describe, expect, it } from "vitest";
import { formatKeyPair } from "../../../src/domain/signing/index.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { event, register } from "../../support/deliver-to.ts";
import { everyStorage, openHooks, value, type MemoryHooks } from "../../support/open-hooks.ts";
import { withBeforeDecision } from "../../support/wrap-storage.ts";

const keyPair = formatKeyPair(new Uint8Array(32).fill(7));

describe.each(everyStorage)("schemes that change while a webhook gets a key pair, on $name", ({ create }) => {
  async function openBetween() {
    const { storage, beforeDecision } = withBeforeDecision(create());
    const hooks = await openHooks({ storage });
    await register(hooks, "a", { schemes: ["kemi", "v1"] });
    return { hooks, beforeDecision };
  }

  const ways: readonly (readonly [string, (hooks: MemoryHooks) => Promise<unknown>])[] = [
    ["rotateKeyPair", (hooks) => value(hooks.webhooks.rotateKeyPair("a"))],
    ["update with a keyPair", (hooks) => value(hooks.webhooks.update("a", { keyPair }))],
  ];

  it.each(ways)("are what they were changed to, with v1a, after %s", async (_, giveKeyPair) => {
    const { hooks, beforeDecision } = await openBetween();
    beforeDecision(() => value(hooks.webhooks.update("a", { schemes: ["v1"] })));
    await giveKeyPair(hooks);
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ schemes: ["v1", "v1a"] });
  });

  it("are those that an update names, whatever they were changed to", async () => {
    const { hooks, beforeDecision } = await openBetween();
    beforeDecision(() => value(hooks.webhooks.update("a", { schemes: ["kemi"] })));
    await value(hooks.webhooks.update("a", { schemes: ["v1", "v1a"] }));
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ schemes: ["v1", "v1a"] });
  });
});

describe.each(everyStorage)(
  "a key pair that a webhook is given while an update makes another, on $name",
  ({ create }) => {
    const ways: readonly (readonly [string, (hooks: MemoryHooks) => Promise<{ publicKey: string | null }>])[] = [
      ["update with v1a", (hooks) => value(hooks.webhooks.update("a", { schemes: ["v1a"] }))],
      ["update with a keyPair", (hooks) => value(hooks.webhooks.update("a", { keyPair }))],
      ["rotateKeyPair", (hooks) => value(hooks.webhooks.rotateKeyPair("a"))],
    ];

    it.each(ways)("stays, and signs alone, after %s", async (_, give) => {
      const { storage, beforeDecision } = withBeforeDecision(create());
      const http = scriptedHttpClient(() => 204);
      const hooks = await openHooks({ storage, http });
      await register(hooks, "a");
      let given: string | null = null;
      beforeDecision(async () => ({ publicKey: given } = await give(hooks)));
      const updated = await value(hooks.webhooks.update("a", { schemes: ["v1", "v1a"] }));
      expect(updated).toMatchObject({ schemes: ["v1", "v1a"], publicKey: given });
      const history = await value(hooks.webhooks.history("a"));
      expect(history.filter(({ type }) => type === "WebhookKeyPairRotated")).toHaveLength(1);
      await value(hooks.dispatch({ event, payload: {} }));
      expect(http.requests[0]?.headers["webhook-signature"]).toMatch(/^v1,\S+ v1a,\S+$/);
    });
  },
);
