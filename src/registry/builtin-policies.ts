import type { Policy } from '../domain/policy.ts';

/** In every catalogue; a declared policy of the same name takes the place of one. */
export const builtinPolicies: readonly Policy[] = [
  { name: 'balanced', weights: { cost: 1, latency: 1, quality: 1 }, constraints: {} },
  { name: 'cheapest', weights: { cost: 1, latency: 0, quality: 0 }, constraints: {} },
  { name: 'fastest', weights: { cost: 0, latency: 1, quality: 0 }, constraints: {} },
  { name: 'best', weights: { cost: 0, latency: 0, quality: 1 }, constraints: {} },
];

export const builtinDefaultPolicy = 'balanced';
