import { expect, test } from 'vitest';
import { partsOf, textOf } from '../../conformance/observe.ts';
import { ask, open } from './open.ts';

const say = (text: string): object[] => [{ type: 'text', text }];

async function answers(options: object, ...questions: readonly string[]): Promise<readonly string[]> {
  const { adapter } = open(options);
  const texts: string[] = [];
  for (const question of questions) texts.push(textOf(await partsOf(adapter, ask(question))));
  return texts;
}

test('the first rule that holds is played, and an echo where none does', async () => {
  const rules = [
    { when: { contains: 'rain' }, play: say('wet') },
    { when: { equals: 'rain and sun' }, play: say('never reached') },
    { when: { equals: 'sun' }, play: say('dry') },
  ];
  expect(await answers({ rules }, 'rain and sun', 'sun', 'sunny')).toEqual(['wet', 'dry', 'sunny']);
});

test('all conditions of a rule must hold', async () => {
  const rules = [{ when: { contains: 'a', callNumber: 2 }, play: say('yes') }];
  expect(await answers({ rules }, 'a', 'a', 'a')).toEqual(['a', 'yes', 'a']);
  expect(await answers({ rules }, 'a', 'b')).toEqual(['a', 'b']);
});

test('every Nth call is counted over all calls of the deployment', async () => {
  const rules = [{ when: { every: 3 }, play: say('third') }];
  expect(await answers({ rules }, '1', '2', '3', '4', '5', '6')).toEqual([
    '1',
    '2',
    'third',
    '4',
    '5',
    'third',
  ]);
});

test('the last message of the user decides, whatever follows it', async () => {
  const { adapter } = open();
  const parts = await partsOf(adapter, {
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'first' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'second' },
          { type: 'image', url: 'data:image/png;base64,' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'third' }] },
    ],
    sampling: {},
  });
  expect(textOf(parts)).toBe('second');
});
