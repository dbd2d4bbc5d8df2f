/** `npm run file-server`: the command in a process of Node's. */
import { runSession } from "@tessera/app-host/process";
import { main } from "./cli.js";

await runSession(main);
