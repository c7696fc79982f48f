import type { Checkpoints } from "../../ports/checkpoints.ts";
import type { Door } from "./door.ts";
import type { State } from "./state.ts";

export function createCheckpoints({ checkpoints }: State, door: Door): Checkpoints {
  return {
    lead: ({ name, owner, now, until }, from) =>
      door.enter(() => {
        const { position, lead } = checkpoints.get(name) ?? { position: from, lead: null };
        if (lead !== null && lead.owner !== owner && lead.until > now) return null;
        checkpoints.set(name, { position, lead: { owner, until } });
        return position;
      }),
    advance: ({ name, owner, until }, from, to) =>
      door.enter(() => {
        const present = checkpoints.get(name);
        if (present?.lead?.owner !== owner || present.position !== from) return false;
        checkpoints.set(name, { position: to, lead: { owner, until } });
        return true;
      }),
    release: (name, owner) =>
      door.enter(() => {
        const present = checkpoints.get(name);
        if (present?.lead?.owner === owner) checkpoints.set(name, { ...present, lead: null });
      }),
  };
}
