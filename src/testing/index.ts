// `hookledger/testing`: for the tests of applications and adapters, under any test runner.

export { createCountingIds } from "./counting-ids.ts";
export { createFakeClock, type FakeClock, type FakeClockOptions } from "./fake-clock.ts";
export { givenFor, type Given, type Outcome } from "./given-when-then.ts";
export { createRecordingLogger, type LogEntry, type RecordingLogger } from "./recording-logger.ts";
export {
  connectionRefused,
  scriptedHttpClient,
  timedOut,
  type ScriptedAnswer,
  type ScriptedHttpClient,
} from "./scripted-http-client.ts";
export { createSeededRandom } from "./seeded-random.ts";
export {
  simulateDelivery,
  type SimulatedAttempt,
  type SimulatedDelivery,
  type SimulatedReceiver,
  type SimulationOptions,
} from "./simulate-delivery.ts";
