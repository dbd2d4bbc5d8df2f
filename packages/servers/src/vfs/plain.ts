/**
 * What plain file systems and devices answer for what they do not have: owners, links, times beside the last change,
 * watches. Theirs is the rest:
 *
 *     const handlers: Handlers<typeof Directory, State> = { ...PLAIN_DIRECTORY, open: …, enter: …, … };
 */
import { fail } from "../common/answer.js";
import type { Handlers } from "../common/handles.js";
import type { Directory, File } from "./interface.js";

/** What is known of something that has no owner, and one name. */
export function plainAttributes<const Kind extends "file" | "directory" | "device">(
  kind: Kind,
  {
    size = 0,
    modifiedUs = 0,
    node = 0,
  }: { readonly size?: number; readonly modifiedUs?: number; readonly node?: number } = {},
) {
  const times = { modifiedUs, accessedUs: modifiedUs, changedUs: modifiedUs };
  const mode = kind === "directory" ? 0o755 : kind === "file" ? 0o644 : 0o666;
  return { kind, size, mode, links: 1, uid: 0, gid: 0, node, blocks: Math.ceil(size / 512), ...times };
}

/** What is known of a device that is as old as time. */
export const DEVICE = plainAttributes("device");

/** A file in which nothing has to be waited for to last, and that shares no window. */
export const PLAIN_FILE: Pick<Handlers<typeof File, unknown>, "readWindow" | "writeWindow" | "sync"> = {
  readWindow: () => fail("NoWindow"),
  writeWindow: () => fail("NoWindow"),
  sync() {},
};

/** A directory without links, owners, watches and numbers. */
export const PLAIN_DIRECTORY: Pick<
  Handlers<typeof Directory, unknown>,
  "symlink" | "readLink" | "link" | "change" | "space" | "sync" | "watch" | "volume"
> = {
  symlink: () => fail("NotSupported"),
  readLink: () => fail("NotLink"),
  link: () => fail("NotSupported"),
  change: () => fail("NotSupported"),
  space: () => ({ blockBytes: 0, blocks: 0, free: 0, available: 0, nodes: 0, freeNodes: 0, isReadOnly: false }),
  sync() {},
  watch: () => fail("NotSupported"),
  volume: () => fail("NotSupported"),
};
