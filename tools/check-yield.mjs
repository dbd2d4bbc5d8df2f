/**
 * Finds forgotten `yield*`: a call whose result is a Syscall or a Thread, and nobody takes it.
 *
 * Such a call has trapped (or will never run), and its result is dropped; the machine says so when the program runs,
 * this says it before. A result counts as dropped when its expression is a statement, an operand of `void`, the left
 * of a comma, or the body of an arrow function from which nothing is returned.
 *
 * `node tools/check-yield.mjs [TSCONFIG]` prints file:line:column of each and exits 1 if there is any.
 */
import { dirname, relative, resolve } from "node:path";
import ts from "typescript";

/** Names of the types that do nothing until `yield*` takes them. */
const TAKEN_BY_YIELD = new Set(["Syscall", "Thread", "Generator"]);

function mustBeTaken(checker, type) {
  if (type.isUnion()) return type.types.some((member) => mustBeTaken(checker, member));
  const names = [type.aliasSymbol?.name, type.symbol?.name];
  return names.some((name) => name !== undefined && TAKEN_BY_YIELD.has(name));
}

/** The expressions inside `expression` whose value is dropped when its own value is. */
function dropped(expression) {
  if (ts.isParenthesizedExpression(expression) || ts.isVoidExpression(expression))
    return dropped(expression.expression);
  if (ts.isConditionalExpression(expression)) {
    return [...dropped(expression.whenTrue), ...dropped(expression.whenFalse)];
  }
  if (ts.isBinaryExpression(expression)) {
    const { operatorToken, left, right } = expression;
    if (operatorToken.kind === ts.SyntaxKind.CommaToken) return [...dropped(left), ...dropped(right)];
    const shortCircuits = [
      ts.SyntaxKind.AmpersandAmpersandToken,
      ts.SyntaxKind.BarBarToken,
      ts.SyntaxKind.QuestionQuestionToken,
    ];
    return shortCircuits.includes(operatorToken.kind) ? dropped(right) : [];
  }
  return ts.isCallExpression(expression) ? [expression] : [];
}

function returnsNothing(checker, arrow) {
  const contextual = checker.getContextualType(arrow);
  const signature = contextual?.getCallSignatures()[0];
  return signature !== undefined && (checker.getReturnTypeOfSignature(signature).flags & ts.TypeFlags.Void) !== 0;
}

/** Expressions at `node` whose value nobody takes. */
function droppedAt(checker, node) {
  if (ts.isExpressionStatement(node) || ts.isVoidExpression(node)) return dropped(node.expression);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.CommaToken) return dropped(node.left);
  if (ts.isForStatement(node)) {
    return [node.initializer, node.incrementor].flatMap((part) => (part && ts.isExpression(part) ? dropped(part) : []));
  }
  if (ts.isArrowFunction(node) && ts.isExpression(node.body) && returnsNothing(checker, node))
    return dropped(node.body);
  return [];
}

/** Every forgotten `yield*` of the project, as `{ file, line, column, text }`. */
function findForgottenYields(tsconfigFile) {
  const folder = dirname(resolve(tsconfigFile));
  const { config, error } = ts.readConfigFile(tsconfigFile, ts.sys.readFile);
  if (error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, "\n"));
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const program = ts.createProgram(fileNames, options);
  const checker = program.getTypeChecker();
  const found = new Map();
  for (const file of program.getSourceFiles()) {
    if (file.isDeclarationFile || program.isSourceFileFromExternalLibrary(file)) continue;
    const visit = (node) => {
      for (const call of droppedAt(checker, node)) {
        if (!mustBeTaken(checker, checker.getTypeAtLocation(call))) continue;
        const start = call.getStart(file);
        const { line, character } = file.getLineAndCharacterOfPosition(start);
        const path = relative(folder, file.fileName);
        found.set(`${path}:${start}`, { file: path, line: line + 1, column: character + 1, text: call.getText(file) });
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return [...found.values()];
}

const forgotten = findForgottenYields(process.argv[2] ?? "tsconfig.json");
for (const { file, line, column, text } of forgotten) {
  console.error(`${file}:${line}:${column}: you forgot yield*: the result of ${text.split("\n")[0]} is dropped`);
}
console.log(`check-yield: ${forgotten.length} forgotten`);
process.exit(forgotten.length === 0 ? 0 : 1);
