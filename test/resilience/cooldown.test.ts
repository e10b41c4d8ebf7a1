import { describe, expect, test } from 'vitest';
import { AdapterError } from '../../adapters/errors.ts';
import { deployment } from '../support/deployments.ts';
import { failing, saying } from '../support/model-adapter.ts';
import { createExecuteFixture } from './execute-fixture.ts';

const small = deployment();

async function cooldownAfter(error: AdapterError): Promise<number | undefined> {
  const fixture = createExecuteFixture([[small, failing(error)]]);
  await expect(Array.fromAsync(fixture.run())).rejects.toThrow();
  const { cooldownUntilMs } = fixture.gate('small');
  return cooldownUntilMs === undefined ? undefined : cooldownUntilMs - fixture.clock.wallMs();
}

describe('a deployment is left alone', () => {
  test.for<[string, AdapterError, number | undefined]>([
    ['as long as a rate limit says', new AdapterError('rate-limit', '', { retryAfterMs: 30_000 }), 30_000],
    [
      'a minute at most, whatever it says',
      new AdapterError('rate-limit', '', { retryAfterMs: 277_403_000 }),
      60_000,
    ],
    ['five seconds when it says nothing', new AdapterError('rate-limit', ''), 5000],
    [
      'when an overloaded server asks for it',
      new AdapterError('unavailable', '', { retryAfterMs: 2000 }),
      2000,
    ],
    ['not when one only fails', new AdapterError('unavailable', ''), undefined],
    ['five minutes without quota', new AdapterError('quota', '', { retryAfterMs: 1000 }), 300_000],
    ['not for a full queue', new AdapterError('queue-full', ''), undefined],
  ])('%s', async ([, error, expectedMs]) => {
    expect(await cooldownAfter(error)).toBe(expectedMs);
  });
});

test('while it cools down others answer, and afterwards it is asked again', async () => {
  const large = deployment({ name: 'large' });
  const limited = failing(new AdapterError('rate-limit', '', { retryAfterMs: 30_000 }));
  const fixture = createExecuteFixture([
    [large, limited],
    [small, saying('Hello')],
  ]);
  const answeredBy = async () => {
    const events = await Array.fromAsync(fixture.run());
    return events.flatMap((event) => (event.type === 'finished' ? event.attempt.deployment.name : []));
  };
  expect([await answeredBy(), await answeredBy()]).toEqual([['small'], ['small']]);
  expect(limited.calls).toHaveLength(1);
  await fixture.clock.advanceAsync(30_000);
  await answeredBy();
  expect(limited.calls).toHaveLength(2);
});

test('a refused credential is tried again only after an operator has said so', async () => {
  const refusing = failing(new AdapterError('authentication', '401'));
  const fixture = createExecuteFixture([[small, refusing]]);
  const ask = () => Array.fromAsync(fixture.run()).catch(() => undefined);
  await ask();
  expect(fixture.gate('small')).toMatchObject({ credentialRefused: true, cooldownUntilMs: undefined });
  await fixture.clock.advanceAsync(86_400_000);
  await ask();
  expect(refusing.calls).toHaveLength(1);
  fixture.gates.of('small').reset();
  await ask();
  expect(refusing.calls).toHaveLength(2);
});
