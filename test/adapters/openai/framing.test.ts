import { expect, test } from 'vitest';
import { partsOf, textOf } from '../../conformance/observe.ts';
import { answering, answerStream, delta, done, drip, sseHeaders, usage } from '../../support/openai-wire.ts';
import { ask, open } from './open.ts';

const text = ['Füße ', '👩‍👩‍👧', ' 日本', ' e\u0301\u2028\u0085', 'line\nbreak'];
const plain = answerStream(...text);

const forms: Readonly<Record<string, string>> = {
  'lines that end with CRLF': plain.replaceAll('\n', '\r\n'),
  comments: plain.replaceAll('data:', ': ping\n\n: ping\ndata:'),
  'no space after the colon': plain.replaceAll('data: ', 'data:'),
  'names and ids of events': plain.replaceAll('data:', 'event: chunk\nid: 7\nretry: 100\ndata:'),
  'data over several lines': plain.replaceAll('{"index"', '\ndata: {"index"'),
  'no blank line at the end': plain.trimEnd(),
};

test.each(Object.entries(forms))('a stream with %s says the same', async (_, stream) => {
  const { adapter } = await open(answering(plain));
  const wanted = await partsOf(adapter, ask('Hi'));
  expect(textOf(wanted)).toBe(text.join(''));
  const varied = await open(answering(stream));
  expect(await partsOf(varied.adapter, ask('Hi'))).toEqual(wanted);
});

test.each(['\n', '\r\n'])('bytes that come one by one say the same (%j)', async (lineEnd) => {
  const dripping = await open(async (exchange) => {
    exchange.head(200, sseHeaders);
    await drip(exchange, plain.replaceAll('\n', lineEnd));
    exchange.end();
  });
  const parts = await partsOf(dripping.adapter, ask('Hi'));
  expect(textOf(parts)).toBe(text.join(''));
  expect(parts.at(-1)).toMatchObject({ type: 'finish', usage: { inputTokens: 7 } });
});

test('characters written as escapes, also halves of one, are joined', async () => {
  const escaped = delta({ content: 'SMILE' }).replace('SMILE', String.raw`\ud83d\ude00`);
  const { adapter } = await open(answering(escaped + delta({}, 'stop') + usage() + done));
  expect(textOf(await partsOf(adapter, ask('Hi')))).toBe('😀');
});
