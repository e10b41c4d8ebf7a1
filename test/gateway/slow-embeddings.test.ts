import { expect, test } from 'vitest';
import type { ModelAdapter } from '../../adapters/contract.ts';
import { caller, composeGateway } from '../support/composed-gateway.ts';
import { deployment } from '../support/deployments.ts';
import { usage } from '../support/model-adapter.ts';

const traits = { capabilities: ['embeddings'] as const, contextTokens: 512, samplingParameters: [] };

test('embeddings that take long are no slow calls: they have no first token', async () => {
  const adapter: ModelAdapter = {
    kind: 'test',
    traits: () => traits,
    embed: ({ texts }) =>
      new Promise((resolve) => {
        const vectors = texts.map(() => [1]);
        clock.after(20_000, () => resolve({ vectors, dimensions: 1, truncated: [false], usage }));
      }),
    close: () => Promise.resolve(),
  };
  const { gateway, fleet, clock } = composeGateway([[deployment({ traits }), adapter]]);
  const result = gateway.embed({ texts: ['many'] }, caller());
  await clock.advanceAsync(20_000);
  expect(await result).toMatchObject({ type: 'success' });
  expect(fleet.status('small').gate.breaker).toMatchObject({ failureRate: 0, slowRate: 0 });
});
