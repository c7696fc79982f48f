import { configureGlobal } from "fast-check";

// Mutation testing repeats each property for thousands of mutants, so it sets a lower number of runs.
configureGlobal({ numRuns: Number(process.env["FC_NUM_RUNS"] ?? 100) });
