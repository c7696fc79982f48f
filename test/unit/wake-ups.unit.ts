import { expect, it } from "vitest";
import { createWakeUps } from "../../src/application/wake-ups.ts";

it("every listener is woken once", () => {
  const wakeUps = createWakeUps();
  const woken: string[] = [];
  wakeUps.once(() => woken.push("a"));
  wakeUps.once(() => woken.push("b"));
  wakeUps.notify();
  wakeUps.notify();
  expect(woken).toEqual(["a", "b"]);
});

it("a listener that was removed is not woken, and removing it twice does no harm", () => {
  const wakeUps = createWakeUps();
  const woken: string[] = [];
  const forget = wakeUps.once(() => woken.push("a"));
  wakeUps.once(() => woken.push("b"));
  forget();
  forget();
  wakeUps.notify();
  expect(woken).toEqual(["b"]);
});

it("a listener that listens again while it is woken waits for the next time", () => {
  const wakeUps = createWakeUps();
  let woken = 0;
  const listen = () => {
    wakeUps.once(() => {
      woken += 1;
      listen();
    });
  };
  listen();
  wakeUps.notify();
  expect(woken).toBe(1);
  wakeUps.notify();
  expect(woken).toBe(2);
});
