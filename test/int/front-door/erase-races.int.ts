import { describe, expect, it } from "vitest";
import { interrupted, type Interruption } from "../../support/interrupted.ts";
import { everyStorage, openHooks, value } from "../../support/open-hooks.ts";

/** The reads of an erasure: of the message and of its stream. */
const READS = 2;

describe.each(everyStorage)("a message that is erased by two at once, on $name", ({ create }) => {
  it.each(Array.from({ length: READS + 1 }, (_, readsBefore) => ({ readsBefore })))(
    "is erased once, if the other one comes after $readsBefore reads",
    async ({ readsBefore }) => {
      const interruption: Interruption = { readsBefore, act: null };
      const hooks = await openHooks({ storage: interrupted(create(), interruption) });
      const { messageId } = await value(hooks.publish({ event: "memory.updated", payload: { n: 1 } }));
      const answers: unknown[] = [];
      interruption.act = async () => answers.push(await value(hooks.messages.erase({ messageId })));
      answers.push(await value(hooks.messages.erase({ messageId })));
      interruption.act = null;
      const history = await value(hooks.ledger.readStream(`message-${messageId}`));
      expect(history.map(({ type }) => type)).toEqual(["MessagePublished", "MessageErased"]);
      if (answers.length > 1) expect(answers).toEqual([{ erased: 1 }, { erased: 0 }]);
    },
  );
});
