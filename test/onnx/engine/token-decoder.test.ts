import { expect, test } from 'vitest';
import { openTokenDecoder } from '../../../adapters/onnx/engine/token-decoder.ts';
import { tinyGguf } from '../../support/tiny-gguf.ts';
import { importScene } from '../import/tiny-folder.ts';

test('control tokens have no text that an answer of a form could hold', async () => {
  const scene = await importScene(tinyGguf());
  await scene.run();
  const { tokens, type } = (await openTokenDecoder(scene.directory)).vocabulary();
  expect(tokens.slice(0, 3)).toEqual(['', '', '']);
  expect(tokens.slice(3)).not.toContain('<|im_end|>');
  expect(type).toBe('byte_level');
});
