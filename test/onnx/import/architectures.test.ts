import { describe, expect, onTestFinished, test } from 'vitest';
import { openFolderReference } from '../../../adapters/onnx/verify/folder-reference.ts';
import { openDeltaRunner } from '../../../adapters/onnx/verify/delta-runner.ts';
import { tinyArchitectures, tinyGguf, type TinyGgufOptions } from '../../support/tiny-gguf.ts';
import { importScene } from './tiny-folder.ts';
import { distance, lastLogits, referenceOf } from './tiny-reference.ts';

/** Twelve tokens, beyond the tiny models' windows. */
const tokens = [1, 75, 104, 111, 40, 8, 200, 33, 271, 99, 264, 2];

/** In standard deviations of the reference's logits. What is left in the exact graph is the cache, kept as halves. */
const tolerance = { exact: 1e-3, int8: 0.12 } as const;

/** The importer's graph in two pieces, so that the cache takes part. */
async function graphLogits(directory: string): Promise<Float32Array> {
  const runner = await openDeltaRunner(directory);
  onTestFinished(() => runner.close());
  const [first] = await runner.run([{ tokens: tokens.slice(0, 7) }], { cacheTokens: 3 });
  const [last] = await runner.run([{ tokens: tokens.slice(7), history: first?.history ?? [] }], {
    cacheTokens: 9,
    newTokens: 6,
  });
  return last?.logits ?? expect.fail('the graph gave no row');
}

describe.each(tinyArchitectures)('%s', (architecture) => {
  const options: TinyGgufOptions = { architecture, layers: 7, weightType: 'Q8_0' };
  const content = tinyGguf(options);

  test('with exact products the graph is the formula', async () => {
    const scene = await importScene(content);
    const manifest = await scene.run({ accuracyLevel: 0 });
    const folder = { directory: scene.directory, manifest };
    const expected = await lastLogits(await openFolderReference(folder), tokens);
    expect(distance(await graphLogits(scene.directory), expected)).toBeLessThan(tolerance.exact);
  });

  test('as it is served it computes what the file says', async () => {
    const scene = await importScene(content);
    await scene.run();
    const expected = await referenceOf(content, tokens);
    expect(distance(await graphLogits(scene.directory), expected)).toBeLessThan(tolerance.int8);
  });

  test('a file without one of its tensors is refused by name', async () => {
    const last = content.tensors.findLast(({ name }) => name.startsWith('blk.'));
    const tensors = content.tensors.filter((tensor) => tensor !== last);
    const scene = await importScene({ ...content, tensors });
    await expect(scene.run()).rejects.toMatchObject({
      code: 'missing-tensor',
      message: expect.stringContaining(last?.name ?? 'nothing'),
    });
  });
});
