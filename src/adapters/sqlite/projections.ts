import type { Projections } from "../../ports/projections.ts";
import { createRebuild } from "./rebuild.ts";
import type { Session } from "./session.ts";
import { createVerify } from "./verify.ts";

export function createProjections(session: Session): Projections {
  return { rebuild: createRebuild(session), verify: createVerify(session) };
}
