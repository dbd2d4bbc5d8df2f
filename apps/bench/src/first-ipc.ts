/**
 * Boots a machine whose client calls its server once, and says that it did, and how much it computed in microseconds:
 * what is timed from launch to first IPC.
 */
import { oneWordWork } from "./cases/system-calls.js";
import { checksum } from "./measure/work.js";

// Booting this machine ends with its first exchange.
const { tally } = oneWordWork();
const { user, system } = process.cpuUsage();
console.log(`${checksum(tally)} ${user + system}`);
