/** The manual's page on explanations shows what the kernel says. */
import { readFileSync } from "node:fs";
import { renderExplanation } from "@tessera/kernel";
import {
  seL4_AllRights,
  seL4_Call,
  seL4_CNode_Delete,
  seL4_CNode_Mint,
  seL4_EndpointObject,
  seL4_Untyped_Retype,
} from "@tessera/libsel4";
import { expect, it } from "vitest";
import { EMPTY } from "../support/message.js";
import { scene } from "../support/scene.js";

const page = readFileSync(new URL("../../../../docs/manual/explanations.md", import.meta.url), "utf8");

it("the page's example is what its program is told", () => {
  const { kernel } = scene(function* (kit) {
    const { cnode: root, depth, memory: untyped } = kit;
    const [slot, badged] = [kit.slots(), kit.slots()];
    yield* seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, root, 0, 0, slot, 1, "log");
    yield* seL4_CNode_Mint(root, badged, depth, root, slot, depth, seL4_AllRights, 0x103);
    yield* seL4_CNode_Delete(root, badged, depth);
    yield* seL4_Call(badged, EMPTY);
  });
  const text = renderExplanation(kernel.explanations()[0]!)
    .replace(/\(\S+manual\.test\.ts:\d+:\d+\)/, "(PLACE)")
    .replace(/tick \d+/g, "tick TICK")
    .replace(/on 0x[0-9a-f]+/, "on SLOT")
    .replace(/slot \d+/g, "slot INDEX");
  expect(page).toContain(`\`\`\`text\n${text}\n\`\`\``);
  expect(page).toContain('yield* seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, root, 0, 0, slot, 1, "log");');
});
