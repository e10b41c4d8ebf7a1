import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readGenerationConfig, samplerSettings } from '../../../adapters/onnx/engine/sampling-defaults.ts';

const request = { seed: 1, stop: [], maxOutputTokens: 10 };

test('a model that says nothing is greedy', () => {
  expect(samplerSettings(request, {})).toMatchObject({ temperature: 0, topP: 1, repetitionPenalty: 1 });
});

test('a request that narrows the choice wants one', () => {
  expect(samplerSettings({ ...request, topP: 0.9 }, {})).toMatchObject({ temperature: 1, topP: 0.9 });
  expect(samplerSettings({ ...request, topK: 5 }, {})).toMatchObject({ temperature: 1, topK: 5 });
  expect(samplerSettings({ ...request, topK: 5, temperature: 0 }, {})).toMatchObject({ temperature: 0 });
});

test('what the authors recommend holds where the request is silent', () => {
  const recommended = { do_sample: true, temperature: 0.2, top_p: 0.9, top_k: 0, repetition_penalty: 1.1 };
  expect(samplerSettings(request, recommended)).toMatchObject({
    temperature: 0.2,
    topP: 0.9,
    topK: undefined,
    repetitionPenalty: 1.1,
  });
  expect(samplerSettings({ ...request, temperature: 1.5, repetitionPenalty: 1 }, recommended)).toMatchObject({
    temperature: 1.5,
    topP: 0.9,
    repetitionPenalty: 1,
  });
});

async function configFile(text: string | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'generation-config-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  if (text !== undefined) await writeFile(join(folder, 'generation_config.json'), text);
  return folder;
}

test('a folder without generation_config.json recommends nothing', async () => {
  expect(await readGenerationConfig(await configFile(undefined))).toEqual({});
});

test.each(['{', '{"temperature":"hot"}'])(
  'generation_config.json with %j is named as damaged',
  async (text) => {
    await expect(readGenerationConfig(await configFile(text))).rejects.toThrow(
      /generation_config\.json is damaged/,
    );
  },
);
