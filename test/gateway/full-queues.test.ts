import { expect, test } from 'vitest';
import { AdapterError } from '../../adapters/errors.ts';
import { caller, composeGateway } from '../support/composed-gateway.ts';
import { deployment, remoteDeployment } from '../support/deployments.ts';
import { failing } from '../support/model-adapter.ts';

const full = () => failing(new AdapterError('queue-full', 'there are as many calls as may wait'));

test('where the queues of all local models are full the client is told to come back', async () => {
  const { gateway } = composeGateway([
    [deployment({ name: 'one' }), full()],
    [deployment({ name: 'other' }), full()],
  ]);
  expect(await gateway.generate({ prompt: 'Hi' }, caller())).toMatchObject({
    problem: {
      code: 'OVERLOADED',
      message: 'The queue of one is full. The queue of other is full. Try again in 1000 ms.',
      retryAfterMs: 1000,
    },
  });
});

test('a full queue beside a failure is a failure', async () => {
  const { gateway } = composeGateway([
    [deployment(), full()],
    [remoteDeployment(), failing(new AdapterError('unavailable', 'down'))],
  ]);
  expect(await gateway.generate({ prompt: 'Hi' }, caller())).toMatchObject({
    problem: { code: 'UPSTREAM_FAILED' },
  });
});
