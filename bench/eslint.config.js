import { defineConfig } from "eslint/config";
import repository from "../eslint.config.js";

// The repository's rules. The files here can be checked only once bench's own dependencies are installed.
export default defineConfig(...repository.filter(({ ignores }) => ignores === undefined), {
  files: ["**/*.ts"],
  languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  rules: { "@typescript-eslint/consistent-type-assertions": ["error", { assertionStyle: "never" }] },
});
