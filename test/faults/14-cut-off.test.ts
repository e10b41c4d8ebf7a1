import { expect, test } from 'vitest';
import { answerOf, answers, endsWithoutReason, stallsAfter, staysSilent } from './support/behaviours.ts';
import { input, overSse, stream } from './support/clients.ts';
import { report, summary } from './support/figures.ts';
import type { Ending } from './support/fault.ts';
import { startRig } from './support/rig.ts';

const said = ['It', ' was', ' a', ' dark'];

/** How an answer ends that should have gone on: what the provider does after its texts, and what the network does then. */
const ways: Readonly<Record<string, { readonly behave: typeof stallsAfter; readonly network?: Ending }>> = {
  'a clean end of the reply without a finish reason': { behave: endsWithoutReason },
  FIN: { behave: stallsAfter, network: 'fin' },
  RST: { behave: stallsAfter, network: 'rst' },
};

test.each(Object.entries(ways))(
  '14: an answer cut off by %s is a failure, never a success',
  async (how, { behave, network }) => {
    await using rig = await startRig({ providers: ['primary', 'backup'] });
    const { primary, backup } = rig.providers;
    const { url } = rig.gateway();
    const before = await rig.quiet();
    const cut = (): void => {
      if (network !== undefined) primary.proxy.endAll(network);
    };

    primary.behave(behave(...said));
    const cached = { ...input, cache: { mode: 'READ_WRITE' } };
    // Only once the client has it all: a reset throws away what the other side has not read.
    const late = await stream(overSse(url, cached), (delivered) => delivered === said.join('') && cut());
    const rate = (await rig.breakers()).get('primary')?.failureRate;
    const failedOver = backup.calls();

    primary.behave(answers('primary'));
    const asked = await stream(overSse(url, cached));
    const callsThen = primary.calls();

    primary.behave(network === undefined ? endsWithoutReason() : staysSilent);
    const running = stream(overSse(url));
    await primary.until(({ calls }) => calls() === callsThen + 1);
    cut();
    const early = await running;
    report(`14 cut by ${how}`, {
      ...summary([late, early]),
      'attempts where nothing had come': early.attempts.length,
      'failure rate of the breaker': rate ?? 'none',
    });
    expect(late).toMatchObject({
      result: 'problem',
      code: 'UPSTREAM_FAILED',
      delivered: said.join(''),
      partialText: said.join(''),
    });
    expect(failedOver).toBe(0);
    expect(rate).toBe(1);
    // A cut answer in the cache would have been the answer.
    expect(asked).toMatchObject({ delivered: answerOf('primary') });
    expect(callsThen).toBe(2);
    expect(early).toMatchObject({ result: 'answer', delivered: answerOf('backup') });
    expect(await rig.quiet()).toEqual(before);
  },
);

test('14: cut at any byte of the reply, an answer is whole or a failure', async () => {
  await using rig = await startRig({ providers: ['primary', 'backup'] });
  const { primary } = rig.providers;
  const { url } = rig.gateway();
  const [whole] = [await stream(overSse(url))];
  const replyBytes = primary.proxy.bytesPassed();
  await rig.quiet();
  const seen = { whole: 0, failedOver: 0, failed: 0 };
  const places = Array.from({ length: 12 }, (_, index) => 1 + Math.floor((index * (replyBytes - 2)) / 11));
  for (const [index, afterBytes] of places.entries()) {
    const cut = { type: 'pass', cut: { afterBytes, by: index % 2 === 0 ? 'fin' : 'rst' } } as const;
    primary.proxy.endAll('rst');
    primary.proxy.inject(cut);
    const { result, delivered, partialText, deployment } = await stream(overSse(url));
    if (result === 'answer') {
      expect(delivered).toBe(answerOf(deployment ?? ''));
      seen[deployment === 'primary' ? 'whole' : 'failedOver'] += 1;
    } else {
      expect(result).toBe('problem');
      expect(partialText).toBe(delivered);
      expect(whole.delivered.startsWith(delivered)).toBe(true);
      seen.failed += 1;
    }
    // Health must not decide who answers here.
    if ((await rig.breakers()).get('primary')?.state !== 'CLOSED') break;
  }
  report('14 cut at any byte', { 'reply bytes': replyBytes, ...seen });
  expect(seen.failedOver).toBeGreaterThan(0);
  expect(seen.failed).toBeGreaterThan(0);
});
