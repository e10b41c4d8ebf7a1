import type { LikelyToken, TokenLogProbability } from '../adapters/contract.ts';
import { builder } from './builder.ts';

const LikelyTokenRef = builder.objectRef<LikelyToken>('LikelyToken').implement({
  fields: (t) => ({
    text: t.exposeString('text'),
    logprob: t.float({
      description: 'Natural logarithm of the probability.',
      resolve: ({ logProbability }) => logProbability,
    }),
  }),
});

export const TokenLogprobRef = builder.objectRef<TokenLogProbability>('TokenLogprob').implement({
  description: 'How likely a token of the text was in its place, before sampling.',
  fields: (t) => ({
    text: t.exposeString('text'),
    logprob: t.float({
      description: 'Natural logarithm of the probability.',
      resolve: ({ logProbability }) => logProbability,
    }),
    top: t.expose('top', {
      type: [LikelyTokenRef],
      description: 'The likeliest tokens of the place, best first.',
    }),
  }),
});
