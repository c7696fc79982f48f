import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { event, openShared } from "./settings.ts";

// A process that reads idempotency keys and publishes a message under each, all at once. It prints the key and the
// message's id once the message is acknowledged. Usage: publisher.ts <file or URL>
const [path = ""] = process.argv.slice(2);
const hooks = await openShared(path);

async function publish(idempotencyKey: string): Promise<void> {
  const published = await hooks.publish({ event, payload: { memory_id: idempotencyKey }, idempotencyKey });
  if (published.isErr() && "retryable" in published.error && published.error.retryable) {
    await setTimeout(50);
    return publish(idempotencyKey);
  }
  console.log(`${idempotencyKey} ${published._unsafeUnwrap({ withStackTrace: true }).messageId}`);
}

for await (const key of createInterface({ input: process.stdin })) void publish(key);
process.exit();
