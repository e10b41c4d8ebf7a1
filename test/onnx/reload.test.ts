import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importGguf } from '../../adapters/onnx/import/index.ts';
import { drain, firstText, generate, partsOf } from '../conformance/observe.ts';
import { writeTinyGguf } from '../support/tiny-gguf.ts';
import { ask, openTinyModel, type TinyModel } from './tiny-model.ts';

const short = ask('Hello', { maxOutputTokens: 3 });

/** Another version of the model, put where the old one was. */
async function putNewVersion({ directory }: TinyModel, layers: number): Promise<void> {
  const file = join(directory, '..', 'new.gguf');
  const fresh = join(directory, '..', 'fresh');
  await writeTinyGguf(file, { contextTokens: 4096, neverEnds: true, layers });
  await importGguf({ file, directory: fresh, name: 'tiny', source: 'gguf:new.gguf' });
  await rm(directory, { recursive: true });
  await rename(fresh, directory);
}

test('a new version takes over without failing a call: old calls end in the old process, new ones begin in the new', async () => {
  await using model = await (await openTinyModel()).ready();
  const { adapter } = model;
  const oldPid = adapter.inspect().pid ?? 0;
  const underWay = generate(adapter, ask('Hello', { maxOutputTokens: 60 }));
  await firstText(underWay);
  await putNewVersion(model, 3);
  const others = Array.from({ length: 20 }, () => partsOf(adapter, short));
  expect(await adapter.loading?.reload()).toEqual({ outcome: 'replaced' });
  expect(adapter.inspect().pid).not.toBe(oldPid);
  expect(adapter.loading?.status().source).toBe('gguf:new.gguf');
  const after = await partsOf(adapter, short);
  const ended = [await drain(underWay), ...(await Promise.all(others)), after];
  expect(ended.map((parts) => parts.at(-1)?.type)).toEqual(ended.map(() => 'finish'));
});

test('the same version is left serving', async () => {
  await using model = await (await openTinyModel()).ready();
  const { pid } = model.adapter.inspect();
  expect(await model.adapter.loading?.reload()).toEqual({ outcome: 'unchanged' });
  expect(model.adapter.inspect().pid).toBe(pid);
});

test('a new version that cannot be loaded leaves the old one serving, and says why', async () => {
  await using model = await (await openTinyModel()).ready();
  const { adapter, directory } = model;
  await putNewVersion(model, 3);
  await rm(join(directory, 'tokenizer.json'));
  expect(await adapter.loading?.reload()).toEqual({
    outcome: 'failed',
    problem: expect.stringContaining('tokenizer.json is missing'),
  });
  expect((await partsOf(adapter, short)).at(-1)?.type).toBe('finish');
});
