import { undiciHttpClient } from "hookledger/undici";
import { z } from "zod";
import { check, openOnServer } from "./contenders/hookledger-on-disk.ts";

// A process that does nothing but deliver. It is killed when the measurement is over.

process.on("disconnect", () => process.exit());

const settings = z.object({ server: z.string(), concurrency: z.number() });
const { server, concurrency } = settings.parse(JSON.parse(process.argv[2] ?? ""));
const hooks = await openOnServer(server, undiciHttpClient());
process.send?.("ready");
await new Promise((begin) => process.once("message", begin));
check(await hooks.worker({ concurrency, perWebhookConcurrency: concurrency }).start());
