import { expect, test } from 'vitest';
import { answerOf, stallsAfter, stallsBeforeContent, staysSilent } from './support/behaviours.ts';
import { overSse, stream } from './support/clients.ts';
import { report, summary } from './support/figures.ts';
import { startRig } from './support/rig.ts';

const timeouts = { headersMs: 400, firstTokenMs: 600 };

test.each([
  ['before the headers', staysSilent, timeouts.headersMs],
  ['after the headers and the role', stallsBeforeContent, timeouts.firstTokenMs],
])(
  '12: a primary that falls silent %s is given up in time, and its client sees one whole answer',
  async (when, behaviour, limitMs) => {
    await using rig = await startRig({ providers: ['primary', 'backup'], timeouts });
    const { primary } = rig.providers;
    const healthy = await stream(overSse(rig.gateway().url));
    const before = await rig.quiet();
    primary.behave(behaviour);
    const { url } = rig.gateway();
    const samples = await Promise.all(Array.from({ length: 5 }, async () => await stream(overSse(url))));
    await primary.until(({ aborted }) => aborted() === samples.length);
    const after = await rig.quiet();
    report(`12 silent ${when}`, {
      ...summary(samples, [healthy]),
      'attempts a call': samples.flatMap(({ attempts }) => attempts).length / samples.length,
      'sockets, files before': `${before.sockets}, ${before.files}`,
      'sockets, files after': `${after.sockets}, ${after.files}`,
    });
    for (const { result, delivered, attempts, ms } of samples) {
      expect({ result, delivered }).toEqual({ result: 'answer', delivered: answerOf('backup') });
      expect(attempts.map(({ code }) => code)).toEqual(['TIMEOUT', undefined]);
      expect(ms).toBeGreaterThan(limitMs - 50);
      expect(ms).toBeLessThan(limitMs + 500);
    }
    expect(after).toEqual(before);
  },
);

test('12: white space is no answer yet: a primary that stops after it is given up unseen', async () => {
  await using rig = await startRig({
    providers: ['primary', 'backup'],
    timeouts: { ...timeouts, idleMs: 300 },
  });
  rig.providers.primary.behave(stallsAfter('\n', '\n'));
  const sample = await stream(overSse(rig.gateway().url));
  report('12 silent after white space', summary([sample]));
  expect(sample).toMatchObject({ result: 'answer', delivered: answerOf('backup') });
});
