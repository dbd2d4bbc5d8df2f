/**
 * For typedoc: what shares a comment.
 *
 * A setter is documented by its getter.
 *
 * A constant on the line below another one shares its comment; one of `src/abi` that has none is documented by the head
 * comment of its file, which says once what holds for all (which words come with which error, what an object's bits
 * count).
 */
import { Comment, Converter, ReflectionKind } from "typedoc";

const HEAD = /^\/\*\*[\s\S]*?\*\//;
const COMMENT_ABOVE = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n$/;

/** Called by typedoc. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE, (_context, reflection) => {
    const { getSignature, setSignature } = reflection;
    if (setSignature && !setSignature.hasComment()) setSignature.comment = getSignature?.comment?.clone();
  });
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Variable) || reflection.hasComment()) return;
    const declaration = context.getSymbolFromReflection(reflection)?.valueDeclaration;
    const file = declaration?.getSourceFile();
    if (file === undefined) return;
    const comment = sharedComment(file.text.slice(0, declaration.getStart(file))) ?? headOf(file);
    if (comment !== undefined) reflection.comment = new Comment([{ kind: "text", text: withoutStars(comment) }]);
  });
}

/** The comment above the constants that stand without a gap above this one. */
function sharedComment(before) {
  const lines = before.split("\n").slice(0, -1);
  while (lines.at(-1)?.startsWith("export const ")) lines.pop();
  return COMMENT_ABOVE.exec(`${lines.join("\n")}\n`)?.[0];
}

function headOf(file) {
  return file.fileName.includes("/src/abi/") ? HEAD.exec(file.text)?.[0] : undefined;
}

function withoutStars(comment) {
  return comment.replace(/^\s*\/\*\*|\*\/\s*$|^ *\* ?/gm, "").trim();
}
