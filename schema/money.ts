import { formatUsd } from '../src/domain/money.ts';
import type { Cost } from '../src/domain/outcome.ts';
import type { CostRange } from '../src/domain/plan.ts';
import { builder } from './builder.ts';

export const CostRef = builder.objectRef<Cost>('Cost').implement({
  description: 'What an answer cost. Answers from the cache and from local models cost nothing.',
  fields: (t) => ({
    usd: t.string({
      description: 'Dollars, as an exact decimal.',
      resolve: ({ nanoUsd }) => formatUsd(nanoUsd),
    }),
    nanoUsd: t.expose('nanoUsd', { type: 'SafeInt', description: 'Billionths of a dollar.' }),
    estimated: t.exposeBoolean('estimated', {
      description: 'True where the provider did not say how many tokens it used.',
    }),
  }),
});

export const CostRangeRef = builder.objectRef<CostRange>('CostRange').implement({
  description: 'What a request would cost, in dollars as exact decimals.',
  fields: (t) => ({
    minUsd: t.string({ resolve: ({ minNanoUsd }) => formatUsd(minNanoUsd) }),
    expectedUsd: t.string({ resolve: ({ expectedNanoUsd }) => formatUsd(expectedNanoUsd) }),
    maxUsd: t.string({
      description: 'With every allowed output token used.',
      resolve: ({ maxNanoUsd }) => formatUsd(maxNanoUsd),
    }),
  }),
});
