import { expect, test } from 'vitest';
import { answerOf, failsAfterTheRole, failsInBand } from './support/behaviours.ts';
import { overSse, stream } from './support/clients.ts';
import { report, summary } from './support/figures.ts';
import { startRig } from './support/rig.ts';

test('15: an error in the stream of a 200 is failed over before content, and told after it', async () => {
  await using rig = await startRig({ providers: ['primary', 'backup'] });
  const { primary, backup } = rig.providers;
  const { url } = rig.gateway();
  const before = await rig.quiet();
  primary.behave(failsInBand());
  const early = [await stream(overSse(url)), await stream(overSse(url)), await rig.ask()];
  primary.behave(failsInBand('It', ' was'));
  const late = await stream(overSse(url));
  const rate = (await rig.breakers()).get('primary')?.failureRate;
  const after = await rig.quiet();
  report('15 in-band error after 200', {
    ...summary([...early, late]),
    'attempts of those failed over': early.flatMap(({ attempts }) => attempts).length / early.length,
    'failure rate of the breaker': rate ?? 'none',
  });
  for (const { result, text, attempts } of early) {
    expect({ result, text }).toEqual({ result: 'answer', text: answerOf('backup') });
    expect(attempts.map(({ code }) => code)).toEqual(['UNAVAILABLE', undefined]);
  }
  expect(late).toMatchObject({ code: 'UPSTREAM_FAILED', delivered: 'It was', partialText: 'It was' });
  expect(backup.calls()).toBe(early.length);
  expect(rate).toBe(1);
  expect(after).toEqual(before);
});

test.each([
  ['after the role', failsAfterTheRole],
  ['after white space', failsInBand('\n', ' ')],
])('15: of a primary that fails %s, its client sees nothing', async (when, behaviour) => {
  await using rig = await startRig({ providers: ['primary', 'backup'] });
  rig.providers.primary.behave(behaviour);
  const sample = await stream(overSse(rig.gateway().url));
  report(`15 in-band error ${when}`, summary([sample]));
  expect(sample).toMatchObject({
    result: 'answer',
    deployment: 'backup',
    delivered: answerOf('backup'),
    attempts: [{ deployment: 'primary', code: 'UNAVAILABLE' }, { deployment: 'backup' }],
  });
});
