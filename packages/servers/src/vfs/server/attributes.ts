/** What is known of a node, as directories and files tell it. */
import type { Node } from "./nodes.js";

/** What is neither file, directory nor link is a device, which nobody can open here. */
export function attributesOf({ kind, ...rest }: Node) {
  const told = kind === "file" || kind === "directory" || kind === "link" ? kind : "device";
  return { ...rest, kind: told } as const;
}
