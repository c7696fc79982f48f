import { kyHttpClient } from "../../src/adapters/ky/index.ts";
import { undiciHttpClient } from "../../src/adapters/undici/index.ts";
import { httpClientContract } from "../../src/testing/contracts/http-client-contract.ts";

httpClientContract("undici", undiciHttpClient);
httpClientContract("ky", kyHttpClient);
