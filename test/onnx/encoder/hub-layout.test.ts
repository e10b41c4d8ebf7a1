import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tinyBert } from '../../support/tiny-bert.ts';
import { anySignal, openFolder, openTinyEncoder } from './tiny-encoder.ts';
import { addQuantizedGraph, tinyExport, tinyQuantizedExport } from './tiny-export.ts';

const texts = ['a c e', 'b d f g a'];

test('a folder in the layout of transformers.js embeds by its graph of full precision', async () => {
  const bert = tinyBert({ seed: 3 });
  const directory = await tinyExport(bert);
  await addQuantizedGraph(directory);
  const exported = await (await openFolder(directory)).embed?.({ texts }, anySignal());
  const imported = await (await openTinyEncoder(bert)).embed?.({ texts }, anySignal());
  expect(exported?.vectors).toHaveLength(2);
  expect(exported?.vectors).toEqual(imported?.vectors);
});

test('what sentence-transformers says beside an export counts', async () => {
  const bert = tinyBert({ seed: 3 });
  const directory = await tinyExport(bert);
  await mkdir(join(directory, '1_Pooling'));
  const pooling = { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false };
  await writeFile(join(directory, '1_Pooling/config.json'), JSON.stringify(pooling));
  const byFirst = await (await openFolder(directory)).embed?.({ texts }, anySignal());
  const byMean = await (await openTinyEncoder(bert)).embed?.({ texts }, anySignal());
  expect(byFirst?.vectors).not.toEqual(byMean?.vectors);
});

test('an export whose vectors would lack a step does not load, and the problem names the file', async () => {
  const directory = await tinyExport(tinyBert());
  const modules = ['Transformer', 'Dense'].map((name) => ({ type: `sentence_transformers.models.${name}` }));
  await writeFile(join(directory, 'modules.json'), JSON.stringify(modules));
  await expect(openFolder(directory)).rejects.toThrow(
    'modules.json has a Dense module, and only Transformer, Pooling and Normalize are served',
  );
});

test('int8 exports round by what shares their run, so each text has a run of its own', async () => {
  const adapter = await openFolder(await tinyQuantizedExport());
  const together = await adapter.embed?.({ texts: ['a b', 'h h', 'b c'] }, anySignal());
  for (const [index, text] of ['a b', 'h h', 'b c'].entries()) {
    const alone = await adapter.embed?.({ texts: [text] }, anySignal());
    expect(together?.vectors[index]).toEqual(alone?.vectors[0]);
  }
});

test('a classifier of texts in that layout classifies by the labels of its config.json', async () => {
  const bert = tinyBert({ seed: 4, labels: ['bad', 'fair', 'good'] });
  const exported = await (await openFolder(await tinyExport(bert))).classify?.({ texts }, anySignal());
  const imported = await (await openTinyEncoder(bert)).classify?.({ texts }, anySignal());
  expect(exported?.scores[0]?.map(({ label }) => label).toSorted()).toEqual(['bad', 'fair', 'good']);
  expect(exported?.scores).toEqual(imported?.scores);
});

test('one of a single label reranks', async () => {
  const bert = tinyBert({ seed: 5, labels: ['LABEL_0'] });
  const query = { query: 'a b', documents: texts };
  const exported = await (await openFolder(await tinyExport(bert))).rerank?.(query, anySignal());
  const imported = await (await openTinyEncoder(bert)).rerank?.(query, anySignal());
  expect(exported?.scores).toHaveLength(2);
  expect(exported?.scores).toEqual(imported?.scores);
});
