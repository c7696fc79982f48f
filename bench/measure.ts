import { once } from "node:events";
import type { Contender } from "./contender.ts";
import { firstMessage, startProcess } from "./cores.ts";
import { figures, type Figures, type Job } from "./job.ts";
import { receiverUrls } from "./receiver/receiver.ts";
import type { Stores } from "./stores/open-store.ts";

/** Measures in a fresh process, over a fresh store, against a fresh receiver. */
export async function measure(
  stores: Stores,
  contender: Contender,
  task: Pick<Job, "measurement" | "webhooks" | "size">,
): Promise<Figures> {
  const store = await stores.open(contender.store);
  const receiver = startProcess("receiver/receiver-process.ts", "receiver");
  try {
    const urls = receiverUrls.parse(await firstMessage(receiver));
    const { folder, server } = store;
    const job: Job = { ...task, contender: contender.name, receiver: urls, folder, server };
    const child = startProcess("measure-process.ts", "measured", [JSON.stringify(job)]);
    const exited = once(child, "exit");
    const measured = figures.parse(await firstMessage(child));
    await exited;
    return measured;
  } finally {
    receiver.kill();
    await store.remove();
  }
}
