import { configureGlobal } from "fast-check";

// Mutation testing runs each property thousands of times over; it lowers the number of runs from outside.
configureGlobal({ numRuns: Number(process.env["FC_NUM_RUNS"] ?? 100) });
