import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../adapters/contract.ts';
import {
  createGrammarEngine,
  type GrammarEngine,
} from '../../adapters/onnx/engine/grammar/grammar-engine.ts';
import { openTokenDecoder } from '../../adapters/onnx/engine/token-decoder.ts';
import { importGguf } from '../../adapters/onnx/import/index.ts';
import { readSchema } from '../../adapters/onnx/schema-support.ts';
import { askedForms } from '../support/answer-schemas.ts';
import { smollm2Gguf } from '../support/real-downloads.ts';

let folder: string;
let engine: GrammarEngine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'limits-'));
  const directory = join(folder, 'smollm2');
  await importGguf({ name: 'smollm2', directory, source: 'test', file: await smollm2Gguf() });
  const decoder = await openTokenDecoder(directory);
  const vocabulary = { ...decoder.vocabulary(), size: 49_152, endTokens: [2] };
  engine = createGrammarEngine(() => vocabulary);
  await preparedMs({ type: 'boolean' });
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What preparing the first answer of a form takes of a core. */
async function preparedMs(schema: JsonObject): Promise<number> {
  const read = readSchema(schema);
  if (!read.ok) throw new Error(read.fault);
  const before = process.cpuUsage();
  const constraint = await engine.constrain({ type: 'json', schema: read.schema }, 8000);
  const { user, system } = process.cpuUsage(before);
  constraint.close();
  return (user + system) / 1000;
}

function many<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function object(count: number, property: (index: number) => JsonObject): JsonObject {
  const properties = Object.fromEntries(many(count, (index) => [`property_${index}`, property(index)]));
  return { type: 'object', properties };
}

const text: JsonObject = { type: 'string' };

const ranged = (index: number): JsonObject => ({
  type: 'number',
  minimum: -1234.567 * index,
  maximum: 1e11 + index,
});
const measured = (index: number): JsonObject => ({ ...text, minLength: index, maxLength: index + 10 });

/** Nearly all of them in one form. */
const together: JsonObject = {
  type: 'object',
  properties: {
    lengths: object(16, measured),
    ranges: object(32, ranged),
    texts: object(60, () => text),
    value: { enum: many(350, (index) => `value ${index * 7919}`) },
    list: { type: 'array', items: text, maxItems: 1000 },
    word: { ...text, pattern: '^\\w{1,24}$' },
  },
};

const atLimits: readonly (readonly [string, JsonObject])[] = [
  ['127 optional texts', object(127, () => text)],
  ['500 values', { enum: many(500, (index) => `value ${index * 7919}`) }],
  [
    '30 values of 250 characters',
    { enum: many(30, (index) => index + 'lorem ipsum dolor sit amet '.repeat(9)) },
  ],
  ['1,000 counted items', { type: 'array', items: text, maxItems: 1000 }],
  ['16 lengths', object(16, measured)],
  ['32 ranges', object(32, ranged)],
  ['24 letters in a pattern', { ...text, pattern: '^\\w{1,24}$' }],
  ['7 letters and blanks in a pattern', { ...text, pattern: '^[A-Za-z ]{1,7}$' }],
  ['144 digits in a pattern', { ...text, pattern: '^\\d{1,144}$' }],
  ['nearly all of these together', together],
];

test('forms at the limits are prepared in a fraction of a second', async () => {
  const asked: number[] = [];
  for (const { schema } of askedForms) asked.push(await preparedMs(schema));
  process.stdout.write(
    `the forms of the thousand answers: up to ${Math.max(...asked).toFixed(0)} ms of a core\n`,
  );
  for (const [name, schema] of atLimits) {
    const ms = await preparedMs(schema);
    process.stdout.write(`${name}: ${ms.toFixed(0)} ms of a core\n`);
    expect(ms).toBeLessThan(1000);
  }
});
