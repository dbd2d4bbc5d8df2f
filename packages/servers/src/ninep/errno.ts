/** Errors as numbers: those of Linux, which 9P2000.L answers with, and what each word of a volume becomes. */

/** Numbers of errors, as Linux has them. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  EBADF: 9,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  EMLINK: 31,
  ENAMETOOLONG: 36,
  ENOTEMPTY: 39,
  ELOOP: 40,
  EPROTO: 71,
  EOPNOTSUPP: 95,
  ESTALE: 116,
} as const;

const OF_WORDS: Readonly<Record<string, number>> = {
  NotFound: Errno.ENOENT,
  NotDirectory: Errno.ENOTDIR,
  IsDirectory: Errno.EISDIR,
  BadName: Errno.EINVAL,
  Denied: Errno.EACCES,
  Stale: Errno.ESTALE,
  Exists: Errno.EEXIST,
  TooManyLinks: Errno.EMLINK,
  Full: Errno.ENOSPC,
  ReadOnly: Errno.EROFS,
  TooLarge: Errno.EFBIG,
  NotLink: Errno.EINVAL,
  CrossDevice: Errno.EXDEV,
  NotEmpty: Errno.ENOTEMPTY,
  // A directory that would lie in itself; links on a path are followed by the client.
  Loop: Errno.EINVAL,
  NotFile: Errno.EINVAL,
  TooSmall: Errno.EINVAL,
  NotSupported: Errno.EOPNOTSUPP,
  Busy: Errno.EBUSY,
  // The session of who was there before.
  Closed: Errno.ESTALE,
};

/** The number of an error that a volume answers with; what has none is an I/O error. */
export function errnoOf(word: string): number {
  return OF_WORDS[word] ?? Errno.EIO;
}
