import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { importEncoder, importGguf } from '../../adapters/onnx/import/index.ts';
import { benchLines, type BenchCommand } from '../../src/main/models/bench.ts';
import { childrenOf } from '../faults/support/local-model.ts';
import { temporaryFolder } from '../onnx/import/tiny-folder.ts';
import { tinyBert, writeTinyBert } from '../support/tiny-bert.ts';
import { writeTinyGguf } from '../support/tiny-gguf.ts';

const silent = { write: () => undefined };

async function decoderFolder(): Promise<string> {
  const folder = await temporaryFolder();
  const file = join(folder, 'tiny.gguf');
  await writeTinyGguf(file, { contextTokens: 512 });
  await importGguf({ file, directory: join(folder, 'tiny'), name: 'tiny', source: 'test' });
  return folder;
}

async function bench(command: Partial<BenchCommand> & Pick<BenchCommand, 'model' | 'modelsDirectory'>) {
  return await benchLines({
    callers: 2,
    json: true,
    memoryBytes: undefined,
    signal: new AbortController().signal,
    progress: silent,
    ...command,
  });
}

const positive = z.number().positive();
const report = z.object({
  model: z.literal('tiny'),
  callers: z.literal(2),
  machine: z.object({ processor: z.string(), cores: positive }),
  figures: z.record(z.string(), positive),
});

async function figuresOf(modelsDirectory: string): Promise<readonly string[]> {
  const [json = ''] = await bench({ model: 'tiny', modelsDirectory });
  return Object.keys(report.parse(JSON.parse(json)).figures);
}

test('a model that writes is measured in its own process, alone and together', async () => {
  expect(await figuresOf(await decoderFolder())).toEqual([
    'loadMs',
    'prefillTokensPerSecond',
    'decodeTokensPerSecondAlone',
    'decodeTokensPerSecondTogether',
    'firstTokenMsAlone',
    'firstTokenMsTogether',
    'residentBytes',
  ]);
  expect(childrenOf(process.pid)).toEqual([]);
});

test('an encoder is measured in texts', async () => {
  const folder = await temporaryFolder();
  const file = await writeTinyBert(join(folder, 'source'), tinyBert());
  await importEncoder({ file, directory: join(folder, 'tiny'), name: 'tiny', source: 'test' });
  expect(await figuresOf(folder)).toEqual([
    'loadMs',
    'textsPerSecondAlone',
    'textsPerSecondTogether',
    'textMsAlone',
    'textMsTogether',
    'residentBytes',
  ]);
});

test('a folder anywhere is measured too, and people get a table', async () => {
  const folder = join(await decoderFolder(), 'tiny');
  const lines = await bench({ model: folder, modelsDirectory: '/nowhere', json: false });
  expect(lines[0]).toMatch(/^tiny [0-9a-f]{16} on \d+ cores? \(.+\)$/);
  expect(lines[1]).toMatch(/^ {2}load +[\d.,]+ ms$/);
  expect(lines.at(-1)).toMatch(/^ {2}resident memory +\d+ MB$/);
});

test('the guide shows the table as it is printed', async () => {
  const guide = await readFile(new URL('../../docs/local-models/README.md', import.meta.url), 'utf8');
  const [, block = ''] = /## What the numbers.+?\n((?: {4}[^\n]+\n)+)/s.exec(guide) ?? [];
  const printed = await bench({
    model: 'tiny',
    modelsDirectory: await decoderFolder(),
    callers: 8,
    json: false,
  });
  expect(figuresIn(block.trimEnd().split('\n'))).toEqual(figuresIn(printed));
});

/** What is measured and in which unit, without the numbers. */
function figuresIn([, ...table]: readonly string[]): readonly string[] {
  return table.map((line) =>
    line
      .trim()
      .replaceAll(/\d[\d.,]*/g, '#')
      .replaceAll(/ +/g, ' '),
  );
}

test('an interruption ends the process of the model, and is told in a word', async () => {
  const stop = new AbortController();
  const progress = {
    isTTY: true,
    write: (text: string) => text.includes('measuring 1') && stop.abort(new Error('stopped')),
  };
  const running = bench({
    model: 'tiny',
    modelsDirectory: await decoderFolder(),
    signal: stop.signal,
    progress,
  });
  await expect(running).rejects.toThrow('Interrupted.');
  expect(childrenOf(process.pid)).toEqual([]);
});

test('a model that does not fit the memory is refused with the figures', async () => {
  const modelsDirectory = await decoderFolder();
  await expect(bench({ model: 'tiny', modelsDirectory, memoryBytes: 50e6 })).rejects.toThrow(
    /needs \d+ MB .* the budget of all local models is 50 MB/,
  );
});

test('what is wrong with a folder is named', async () => {
  const modelsDirectory = await decoderFolder();
  await writeFile(join(modelsDirectory, 'tiny', 'tokenizer.json'), '');
  await expect(bench({ model: 'tiny', modelsDirectory })).rejects.toThrow(/tokenizer\.json has 0 bytes/);
  await expect(bench({ model: 'tinny', modelsDirectory })).rejects.toThrow('did you mean "tiny"');
});
