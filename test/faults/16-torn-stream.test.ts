import { expect, test } from 'vitest';
import { answering, answerStream } from '../support/openai-wire.ts';
import { answerOf, babbles, says } from './support/behaviours.ts';
import { overSse, stream } from './support/clients.ts';
import { report, summary } from './support/figures.ts';
import type { Fault } from './support/fault.ts';
import { startRig } from './support/rig.ts';
import { randomFrom, runSeed } from './support/seed.ts';

const texts = ['Größe ', '👩‍👩‍👧 ', '日本語 ', '\u{10FFFF}', ' "quoted" \\n ', 'line\nbreak\r\n', 'e\u0301'];
const plain = answerStream(...texts);
const dressings: Readonly<Record<string, string>> = {
  'as OpenAI writes it': plain,
  'lines ended with CRLF': plain.replaceAll('\n', '\r\n'),
  'lines ended with CR': plain.replaceAll('\n', '\r'),
  'comments and other fields between': plain.replaceAll(
    'data: ',
    ': keep-alive\n\nevent: message\nid: 7\nretry: 10\ndata: ',
  ),
  'no space after the colon': plain.replaceAll('data: ', 'data:'),
  'a byte order mark in front': `\uFEFF${plain}`,
};

test('16: however the bytes are torn and the events dressed, the text is that of the whole stream', async () => {
  const seed = runSeed();
  await using rig = await startRig({
    providers: ['primary', 'backup'],
    timeouts: { firstTokenMs: 20_000, headersMs: 20_000 },
  });
  const { primary } = rig.providers;
  const { url } = rig.gateway();
  const tears: Readonly<Record<string, Fault>> = {
    whole: { type: 'pass' },
    'single bytes': { type: 'pass', sliceBytes: 1 },
    'random slices': { type: 'pass', sliceAtRandom: randomFrom(seed) },
  };
  const samples = [];
  for (const [dressing, body] of Object.entries(dressings)) {
    primary.behave(answering(body));
    for (const [tear, fault] of Object.entries(tears)) {
      primary.proxy.inject(fault);
      samples.push({ dressing, tear, ...(await stream(overSse(url))) });
    }
  }
  report('16 torn and dressed streams', {
    seed,
    ...summary(samples),
    'bytes of a reply': Buffer.byteLength(plain),
  });
  expect(samples.map(({ dressing, tear, delivered, text }) => ({ dressing, tear, delivered, text }))).toEqual(
    samples.map(({ dressing, tear }) => ({
      dressing,
      tear,
      delivered: texts.join(''),
      text: texts.join(''),
    })),
  );
  expect(primary.calls()).toBe(samples.length);
});

test('16: events that are no JSON are failed over before content, and told after it', async () => {
  await using rig = await startRig({ providers: ['primary', 'backup'] });
  const { url } = rig.gateway();
  rig.providers.primary.behave(babbles());
  const early = await stream(overSse(url));
  rig.providers.primary.behave(babbles('It', ' was'));
  const late = await stream(overSse(url));
  report('16 malformed events', summary([early, late]));
  expect(early).toMatchObject({
    delivered: answerOf('backup'),
    attempts: [{ code: 'PROTOCOL_VIOLATED' }, { deployment: 'backup' }],
  });
  expect(late).toMatchObject({ code: 'UPSTREAM_FAILED', delivered: 'It was', partialText: 'It was' });
  expect((await rig.breakers()).get('primary')?.failureRate).toBe(1);
});

test.each(['endless-headers', 'endless-line'] as const)(
  '16: %s are given up without growth of memory',
  async (type) => {
    await using rig = await startRig({
      providers: ['primary', 'backup'],
      timeouts: { headersMs: 2000, firstTokenMs: 5000 },
    });
    const { primary } = rig.providers;
    await rig.ask();
    const before = await rig.quiet();
    primary.proxy.inject({ type });
    const samples = [await stream(overSse(rig.gateway().url)), await rig.ask()];
    primary.proxy.inject({ type: 'pass' });
    const after = await rig.quiet();
    report(`16 ${type}`, {
      ...summary(samples),
      'attempts a call': samples.flatMap(({ attempts }) => attempts).length / samples.length,
      'sockets, files before': `${before.sockets}, ${before.files}`,
      'sockets, files after': `${after.sockets}, ${after.files}`,
    });
    expect(samples.map(({ text }) => text)).toEqual(samples.map(() => answerOf('backup')));
    // Refused by its size, long before a deadline.
    for (const { ms } of samples) expect(ms).toBeLessThan(2000);
    expect(after).toEqual(before);
  },
);

test('16: a large event within the limit is read whole', async () => {
  await using rig = await startRig({ providers: ['primary'] });
  const large = 'x'.repeat(500_000);
  rig.providers.primary.behave(says(large));
  const streamed = await stream(overSse(rig.gateway().url));
  const whole = await rig.ask();
  expect([streamed.text?.length, whole.text?.length]).toEqual([large.length, large.length]);
});
