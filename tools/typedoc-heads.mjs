/**
 * For typedoc: a constant of `src/abi` that has no comment of its own is documented by the head comment of its file,
 * which says once what holds for all of them (which words come with which error, what an object's bits count).
 */
import { Comment, Converter, ReflectionKind } from "typedoc";

const HEAD = /^\/\*\*([\s\S]*?)\*\//;

/** Called by typedoc. */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Variable) || reflection.hasComment()) return;
    const file = context.getSymbolFromReflection(reflection)?.valueDeclaration?.getSourceFile();
    const head = file?.fileName.includes("/src/abi/") ? HEAD.exec(file.text) : null;
    if (head === null) return;
    const text = head[1].replace(/^ *\* ?/gm, "").trim();
    reflection.comment = new Comment([{ kind: "text", text }]);
  });
}
