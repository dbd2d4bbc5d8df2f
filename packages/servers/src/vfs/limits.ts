/** How much of files, names and paths one message carries, and how long they can be at all. */

/** Bytes that one `read` or `write` carries, at most; what is longer takes several, or a window. */
export const CHUNK = 896;
/** Bytes of a name, at most. */
export const FILE_NAME_BYTES = 255;
/** Bytes of a path, at most, also while links on it are followed: POSIX's PATH_MAX without its zero. */
export const PATH_BYTES = 4095;
/** Bytes of a path that one `walk` carries: what is longer is walked in pieces. */
export const WALK_BYTES = 768;
/** Bytes of the target of a symbolic link that one `symlink` carries. */
export const TARGET_BYTES = 640;
