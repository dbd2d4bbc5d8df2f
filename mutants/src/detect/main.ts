/** The program that is bundled with a broken kernel, and tries to find out that it is. It gets one order. */
import { randomPrograms } from "./random-programs.js";
import { recordedScenarios } from "./recorded-scenarios.js";
import type { Order, Report } from "./report.js";

const order = JSON.parse(process.argv[2] ?? "") as Order;
const tell = (report: Report) => console.log(JSON.stringify(report));
const detect = order.what === "scenarios" ? recordedScenarios : randomPrograms;
tell(detect(order, (done) => tell({ done })));
