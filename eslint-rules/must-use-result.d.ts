import type { Rule } from "eslint";

export declare const mustUseResult: Rule.RuleModule;
