/** The tools of the desk: the programs of its image that its shell can start. */
import type { Component } from "@tessera/servers";
import { cat } from "./cat.js";
import { chmod } from "./chmod.js";
import { cp } from "./cp.js";
import { df } from "./df.js";
import { echo } from "./echo.js";
import { grep } from "./grep.js";
import { head } from "./head.js";
import { ln } from "./ln.js";
import { logs } from "./logs.js";
import { lookup } from "./lookup.js";
import { dir, ls } from "./ls.js";
import { mkdir } from "./mkdir.js";
import { mv } from "./mv.js";
import { ps } from "./ps.js";
import { random } from "./random.js";
import { rm } from "./rm.js";
import { msleep, sleep } from "./sleep.js";
import { sort } from "./sort.js";
import { spin } from "./spin.js";
import { stat } from "./stat.js";
import { stray } from "./stray.js";
import { sync } from "./sync.js";
import { tee } from "./tee.js";
import { mtime, time } from "./time.js";
import { wc } from "./wc.js";

/** In the order of their names. */
export const TOOLS: readonly Component[] = [
  ...[cat, chmod, cp, df, dir, echo, grep, head, ln, logs, lookup, ls, mkdir, msleep],
  ...[mtime, mv, ps, random, rm, sleep, sort, spin, stat, stray, sync, tee, time, wc],
];
