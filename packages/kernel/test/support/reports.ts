/** What a machine has told people so far: its reports. */
import type { Machine } from "@tessera/hal-sim";

/** Collects what `machine` reports from now on. */
export function listen(machine: Machine): { readonly text: string } {
  const heard = { text: "" };
  machine.reports.subscribe((sentence) => {
    heard.text += `${sentence}\n`;
  });
  return heard;
}
