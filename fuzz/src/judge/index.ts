/**
 * `@tessera/fuzz/judge`: random programs one after the other, until something is found.
 * @packageDocumentation
 */
export { type CampaignOptions, type CampaignResult, campaign } from "./campaign.js";
