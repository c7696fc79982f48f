// A Result that nobody looks at is an error that nobody sees, and TypeScript accepts it. This rule does not: an
// expression statement must not throw away neverthrow's Result or ResultAsync, nor an array of them. (If it throws away
// a promise of one, @typescript-eslint/no-floating-promises complains.)

const RESULT_NAMES = new Set(["Ok", "Err", "ResultAsync"]);

/**
 * The parts of a discarded expression whose values are really lost. An assignment keeps its value, and `a && b` looks
 * at its left side. `void` only hides the loss.
 */
function discardedBy(expression) {
  switch (expression.type) {
    case "AssignmentExpression":
      return [];
    case "LogicalExpression":
      return discardedBy(expression.right);
    case "ConditionalExpression":
      return [...discardedBy(expression.consequent), ...discardedBy(expression.alternate)];
    case "SequenceExpression":
      return expression.expressions.flatMap(discardedBy);
    case "UnaryExpression":
      return expression.operator === "void" ? discardedBy(expression.argument) : [];
    default:
      return [expression];
  }
}

function isFromNeverthrow(symbol) {
  const files = symbol?.declarations?.map((declaration) => declaration.getSourceFile().fileName) ?? [];
  return files.some((file) => file.includes("/neverthrow/"));
}

/** @type {import("eslint").Rule.RuleModule} */
export const mustUseResult = {
  meta: {
    type: "problem",
    docs: { description: "Require every neverthrow Result to be used" },
    schema: [],
    messages: {
      unused: "This Result is thrown away, and its error with it. Return it, match it, or ask isErr().",
    },
  },
  create(context) {
    const { parserServices } = context.sourceCode;
    const checker = parserServices.program.getTypeChecker();

    /**
     * @param {import("typescript").Type} type
     * @returns {boolean}
     */
    const holdsResult = (type) => {
      if (type.isUnionOrIntersection()) return type.types.some(holdsResult);
      if (checker.isArrayType(type) || checker.isTupleType(type))
        return checker.getTypeArguments(type).some(holdsResult);
      return RESULT_NAMES.has(type.symbol?.name) && isFromNeverthrow(type.symbol);
    };

    return {
      ExpressionStatement(statement) {
        for (const expression of discardedBy(statement.expression)) {
          if (holdsResult(parserServices.getTypeAtLocation(expression))) {
            context.report({ node: expression, messageId: "unused" });
          }
        }
      },
    };
  },
};
