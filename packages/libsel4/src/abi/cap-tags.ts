/**
 * Types of capabilities as `seL4_DebugCapIdentify` reports them. The gaps are those of the modelled kernel, where
 * odd numbers belong to the architecture.
 */
export const CapTag = {
  null: 0,
  frame: 1,
  untyped: 2,
  pageTable: 3,
  endpoint: 4,
  notification: 6,
  reply: 8,
  cnode: 10,
  asidControl: 11,
  thread: 12,
  asidPool: 13,
  irqControl: 14,
  irqHandler: 16,
  zombie: 18,
  domain: 20,
  schedContext: 22,
  schedControl: 24,
} as const;
export type CapTag = (typeof CapTag)[keyof typeof CapTag];
