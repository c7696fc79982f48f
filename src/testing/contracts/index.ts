// `hookledger/testing/contracts`: what every adapter promises, as suites for vitest.

export { httpClientContract } from "./http-client-contract.ts";
export {
  storageContract,
  type Damage,
  type StorageContractOptions,
  type StorageHarness,
  type Tampering,
  type Tamperings,
} from "./storage-contract.ts";
export { openAtOnce } from "./storage/opening.ts";
