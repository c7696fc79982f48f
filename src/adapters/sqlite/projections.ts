import type { Projections } from "../../ports/projections.ts";
import { createRebuild } from "./rebuild.ts";
import type { Session } from "./session.ts";
import type { WriteBuffers } from "./write-buffers.ts";
import { createVerify } from "./verify.ts";

export function createProjections(session: Session, buffers: WriteBuffers): Projections {
  return { rebuild: createRebuild(session, buffers), verify: createVerify(session) };
}
