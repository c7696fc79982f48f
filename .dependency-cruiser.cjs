// The arrows of the architecture: adapters -> ports -> domain, application -> ports + domain, never back.
// `npm run deps` applies these rules to src, and test/unit/dependency-rule.unit.ts proves that each one fires.

const npm = (name) => `(^|/)node_modules/${name}/`;
const drivingAdapters = "^src/adapters/(cli|http-api)/";
const rootFile = "^src/[^/]+\\.ts$";

/** @type {import("dependency-cruiser").IForbiddenRuleType[]} */
const forbidden = [
  {
    name: "no-cycles",
    comment: "Files that need each other, even for a type, are one idea in two files: merge or split them.",
    severity: "error",
    from: { path: "^src/" },
    to: { circular: true },
  },
  {
    name: "no-unresolvable",
    comment: "An import that leads nowhere escapes every other rule.",
    severity: "error",
    from: { path: "^src/" },
    to: { couldNotResolve: true },
  },
  {
    name: "no-dev-dependencies",
    comment: "A package that users do not install cannot be imported by what they run.",
    severity: "error",
    from: { path: "^src/" },
    to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["npm-peer"] },
  },
  {
    name: "no-undeclared-dependencies",
    comment: "A package that only a dependency's dependency brings along can vanish at any install.",
    severity: "error",
    from: { path: "^src/" },
    // Peers are declared, but dependency-cruiser also finds them in peerDependenciesMeta, which it does not know.
    to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["npm-peer"] },
  },
  {
    name: "src-imports-src",
    comment: "Tests, scripts and examples know the package; the package does not know them.",
    severity: "error",
    from: { path: "^src/" },
    to: { pathNot: ["^src/", "(^|/)node_modules/"], dependencyTypes: ["local"] },
  },
  {
    name: "domain-is-pure",
    comment: "The domain imports itself, neverthrow, Standard Schema's types and (in signing) node:crypto.",
    severity: "error",
    from: { path: "^src/domain/" },
    to: { pathNot: ["^src/domain/", npm("neverthrow"), npm("@standard-schema/spec"), "^(node:)?crypto$"] },
  },
  {
    name: "crypto-in-signing-only",
    comment:
      "Hashing belongs to signing; anything else that wants node:crypto wants randomness, which arrives in commands.",
    severity: "error",
    from: { path: "^src/domain/", pathNot: "^src/domain/signing/" },
    to: { path: "^(node:)?crypto$" },
  },
  {
    name: "standard-schema-is-a-type",
    comment: "@standard-schema/spec holds no code: a value imported from it is a mistake.",
    severity: "error",
    from: { path: "^src/" },
    to: { path: npm("@standard-schema/spec"), dependencyTypesNot: ["type-only"] },
  },
  {
    name: "ports-know-the-domain-only",
    severity: "error",
    from: { path: "^src/ports/" },
    to: { pathNot: ["^src/ports/", "^src/domain/", npm("neverthrow")] },
  },
  {
    name: "application-talks-to-ports",
    comment: "No I/O but through ports: no adapter, no driver, no node: module.",
    severity: "error",
    from: { path: "^src/application/" },
    to: { pathNot: ["^src/application/", "^src/ports/", "^src/domain/", npm("neverthrow")] },
  },
  {
    name: "adapters-never-import-application",
    comment: "Driven adapters implement ports; only cli and http-api drive the application.",
    severity: "error",
    from: { path: "^src/adapters/", pathNot: drivingAdapters },
    to: { path: "^src/application/" },
  },
  {
    name: "adapters-stand-alone",
    comment: "Nobody loads a driver that they do not use, so an adapter imports no other; sql/ needs no driver.",
    severity: "error",
    from: { path: "^src/adapters/([^/]+)/", pathNot: "^src/adapters/ky/" },
    to: { path: "^src/adapters/", pathNot: "^src/adapters/($1|sql)/" },
  },
  {
    name: "ky-shares-with-undici-only",
    comment: "The ky adapter is a custom fetch over undici's guarded agent; it shares with no other.",
    severity: "error",
    from: { path: "^src/adapters/ky/" },
    to: { path: "^src/adapters/", pathNot: "^src/adapters/(ky|undici)/" },
  },
  {
    name: "verify-imports-nothing",
    comment: "Receivers install hookledger/verify, in browsers too: no package, no node: module, nothing else of ours.",
    severity: "error",
    from: { path: "^src/verify/" },
    to: { pathNot: "^src/verify/" },
  },
  {
    name: "verify-is-for-receivers",
    comment: "The sender has its own signatures, over Node's crypto.",
    severity: "error",
    from: { path: "^src/", pathNot: "^src/verify/" },
    to: { path: "^src/verify/" },
  },
  {
    name: "the-test-kit-is-for-tests",
    comment: "What users run is not to depend on fakes, nor on what runs tests.",
    severity: "error",
    from: { path: "^src/", pathNot: "^src/testing/" },
    to: { path: "^src/testing/" },
  },
  {
    name: "vitest-in-the-contracts",
    comment: "Fakes, sentences and simulations are for whatever runs the tests.",
    severity: "error",
    from: { path: "^src/", pathNot: "^src/testing/contracts/" },
    to: { path: npm("vitest") },
  },
  {
    name: "fast-check-in-the-arbitraries-and-contracts",
    severity: "error",
    from: { path: "^src/", pathNot: "^src/testing/(arbitraries|contracts)/" },
    to: { path: npm("fast-check") },
  },
  {
    name: "inner-files-never-import-the-front-door",
    comment: "src/index.ts and its neighbours compose everything, so nothing that they compose may import them.",
    severity: "error",
    from: { path: "^src/", pathNot: rootFile },
    to: { path: rootFile },
  },
  {
    name: "sqlite-driver-in-its-adapter",
    severity: "error",
    from: { path: "^src/", pathNot: "^src/adapters/sqlite/" },
    to: {
      path: [npm("better-sqlite3"), npm("@types/better-sqlite3"), npm("drizzle-orm/(better-sqlite3|sqlite-core)")],
    },
  },
  {
    name: "drizzle-in-storage-adapters",
    severity: "error",
    from: { path: "^src/", pathNot: "^src/adapters/(sqlite|postgres)/" },
    to: { path: npm("drizzle-orm") },
  },
  {
    name: "ky-in-its-adapter",
    severity: "error",
    from: { path: "^src/", pathNot: "^src/adapters/ky/" },
    to: { path: npm("ky") },
  },
  {
    name: "undici-in-http-adapters",
    severity: "error",
    from: { path: "^src/", pathNot: "^src/adapters/(ky|undici)/" },
    to: { path: npm("undici") },
  },
];

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden,
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    detectJSDocImports: false,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".js", ".mjs", ".cjs", ".d.ts"],
    },
  },
};
