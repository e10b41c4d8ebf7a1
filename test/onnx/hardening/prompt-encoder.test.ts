import { expect, onTestFinished, test } from 'vitest';
import { openPromptEncoder, type PromptEncoder } from '../../../adapters/onnx/engine/prompt-encoder.ts';
import { AdapterError } from '../../../adapters/errors.ts';
import type { EngineRequest } from '../../../adapters/onnx/engine/protocol.ts';
import { tinyGguf, tinyTokens } from '../../support/tiny-gguf.ts';
import { importScene } from '../import/tiny-folder.ts';
import { changeJson } from './spoil.ts';

interface Scene {
  /** Changes to the files of the folder. */
  readonly template?: string;
  readonly splitPattern?: string;
  readonly baseMs?: number;
  readonly vocabularySize?: number;
}

async function openEncoder(given: Scene): Promise<PromptEncoder> {
  const { template, splitPattern, baseMs = 20_000, vocabularySize = tinyTokens.length } = given;
  const scene = await importScene(tinyGguf());
  await scene.run();
  const { directory } = scene;
  if (template !== undefined)
    await changeJson(directory, 'tokenizer_config.json', (config) => ({
      ...config,
      chat_template: template,
    }));
  if (splitPattern !== undefined)
    await changeJson(directory, 'tokenizer.json', (json) => ({
      ...json,
      pre_tokenizer: { type: 'Sequence', pretokenizers: [split(splitPattern), json['pre_tokenizer']] },
    }));
  const order = { directory, contextTokens: 1000, vocabularySize };
  const limits = { baseMs, msPerThousandCharacters: 100, heapMegabytes: 1024 };
  const encoder = await openPromptEncoder(order, limits);
  onTestFinished(() => encoder.close());
  return encoder;
}

const split = (Regex: string): object => ({
  type: 'Split',
  pattern: { Regex },
  behavior: 'Isolated',
  invert: false,
});

const asking = (content: string): EngineRequest => ({
  messages: [{ role: 'user', content }],
  operatorMessage: false,
  sampling: { seed: 1, stop: [] },
  tenant: '',
  priority: 'interactive',
});

async function refusalOf(encoder: PromptEncoder, content: string): Promise<AdapterError> {
  const error: unknown = await encoder.encode(asking(content)).catch((cause: unknown) => cause);
  if (!(error instanceof AdapterError)) throw new Error('the prompt was not refused', { cause: error });
  return error;
}

test('prompts that come at once are answered each with its own tokens', async () => {
  const encoder = await openEncoder({});
  const texts = ['hello', 'world', 'and then'];
  const together = await Promise.all(texts.map((text) => encoder.encode(asking(text))));
  for (const [index, text] of texts.entries())
    expect(together[index]).toEqual(await encoder.encode(asking(text)));
  expect(new Set(together.map(({ tokens }) => tokens.join())).size).toBe(3);
});

test('a prompt of megabytes is refused without being counted', async () => {
  const encoder = await openEncoder({});
  const { kind, contextTokens, inputTokens } = await refusalOf(encoder, 'x1 '.repeat(1_000_000));
  expect({ kind, contextTokens, inputTokens }).toEqual({ kind: 'context-length', contextTokens: 1000 });
});

test('a prompt that is a little too long is counted exactly', async () => {
  const encoder = await openEncoder({});
  const { inputTokens: around = 0 } = await refusalOf(encoder, '1'.repeat(1000));
  const { inputTokens } = await refusalOf(encoder, '1'.repeat(1100));
  expect(inputTokens).toBe(around + 100);
});

test('a template that loops is found when the model is loaded', async () => {
  const template =
    '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}{{ messages }}';
  await expect(openEncoder({ template, baseMs: 300 })).rejects.toThrow(/cannot be used: it did not get done/);
});

test('a template that makes too much is found when the model is loaded', async () => {
  await expect(openEncoder({ template: '{{ range(10 ** 9) }}' })).rejects.toThrow(
    /cannot be used: the template counts to more than 100000/,
  );
});

test('a pattern that backtracks without end fails its own prompt, and the next one is served', async () => {
  const encoder = await openEncoder({ splitPattern: '(a+)+$', baseMs: 2000 });
  const before = await encoder.encode(asking('hello'));
  const bomb = refusalOf(encoder, `${'a'.repeat(60)}!`);
  const after = encoder.encode(asking('hello'));
  expect(await bomb).toMatchObject({ kind: 'invalid-request' });
  expect((await bomb).message).toMatch(/fails on this prompt: it did not get done within 2\d\d\d ms/);
  expect(await after).toEqual(before);
});

test('a template that refuses the greeting of the trial is usable all the same', async () => {
  const template =
    "{% if messages[0].role != 'system' %}{{ raise_exception('no') }}{% endif %}{{ messages[0].content }}";
  const encoder = await openEncoder({ template });
  expect(await refusalOf(encoder, 'Hi')).toMatchObject({
    kind: 'invalid-request',
    message: "the model's chat template refuses these messages",
  });
});

test('a control token that the graph has not learnt is refused', async () => {
  const encoder = await openEncoder({ template: '{{ messages[0].content }}<|im_end|>', vocabularySize: 2 });
  expect((await refusalOf(encoder, '')).message).toBe(
    'the prompt holds a control token that this model has not learnt',
  );
});
