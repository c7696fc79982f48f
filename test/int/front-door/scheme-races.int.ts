import { describe, expect, it } from "vitest";
import { formatKeyPair } from "../../../src/domain/signing/index.ts";
import { register } from "../../support/deliver-to.ts";
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

  it.each(ways)("are what they have become, and v1a, after %s", async (_, giveKeyPair) => {
    const { hooks, beforeDecision } = await openBetween();
    beforeDecision(() => value(hooks.webhooks.update("a", { schemes: ["v1"] })));
    await giveKeyPair(hooks);
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ schemes: ["v1", "v1a"] });
  });

  it("are those that are named where a keyPair is given with them, whatever they have become", async () => {
    const { hooks, beforeDecision } = await openBetween();
    beforeDecision(() => value(hooks.webhooks.update("a", { schemes: ["kemi"] })));
    await value(hooks.webhooks.update("a", { schemes: ["v1", "v1a"] }));
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ schemes: ["v1", "v1a"] });
  });
});
