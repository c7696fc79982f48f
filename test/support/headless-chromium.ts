import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Turns off the network services, for which Chromium would wait if there is no network. */
const flags = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-quic", "--no-zygote"],
];

/** Keeps the page open while `work` runs. */
export async function inChromium<T>(url: string, work: () => Promise<T>): Promise<T> {
  // The package is made for AWS Lambda. With this variable it also unpacks the libraries that a bare machine lacks.
  process.env["AWS_EXECUTION_ENV"] ??= "AWS_Lambda_nodejs20.x";
  const { default: chromium } = await import("@sparticuz/chromium");
  const path = await chromium.executablePath();
  const profile = await mkdtemp(join(tmpdir(), "hookledger-chromium-"));
  const browser = spawn(path, [...flags, `--user-data-dir=${profile}`, url], { stdio: "ignore", detached: true });
  const ended = once(browser, "exit");
  try {
    const endedEarly = ended.then(([code]) => Promise.reject<T>(new Error(`Chromium ended with ${String(code)}`)));
    return await Promise.race([work(), endedEarly]);
  } finally {
    // A negative id ends the whole process group: the browser and the processes that it started.
    if (browser.pid !== undefined && browser.exitCode === null) process.kill(-browser.pid, "SIGKILL");
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
