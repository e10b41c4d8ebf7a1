import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { catalogueFor } from '../../src/main/catalogue.ts';
import { compose, type Composed } from '../../src/main/compose.ts';
import { readEnvironment } from '../../src/platform/config/environment.ts';
import { createLog } from '../../src/platform/log.ts';
import { createLocalModel } from '../faults/support/local-model.ts';
import { startRecorder, type Recorder } from './recorder.ts';

let recorder: Recorder;
beforeEach(() => {
  recorder = startRecorder();
});
afterEach(() => recorder.stop());

const budgetBytes = 2e9;

/** A gateway on a catalogue with one tiny model, up to where the model answers. */
async function composed(resources: AsyncDisposableStack): Promise<Composed> {
  const model = await createLocalModel();
  resources.use(model);
  const folder = await mkdtemp(join(tmpdir(), 'local-metrics-'));
  resources.defer(async () => await rm(folder, { recursive: true }));
  const catalogFile = join(folder, 'switchyard.yaml');
  await writeFile(catalogFile, stringify({ deployments: [model.deployment] }));
  const environment = readEnvironment({
    SWITCHYARD_CONFIG: catalogFile,
    SWITCHYARD_LOCAL_MEMORY_BYTES: String(budgetBytes),
  });
  const app = await compose({
    environment,
    catalog: catalogueFor(environment).catalog,
    modelsDirectory: folder,
    log: createLog({ level: 'silent' }),
    stopping: new AbortController().signal,
    shutdown: new AbortController().signal,
    resources,
  });
  const ready = Promise.withResolvers<void>();
  app.fleet.live('local').adapter.loading?.onChange(({ step }) => {
    if (step === 'ready') ready.resolve();
  });
  app.localModels.load('local');
  await ready.promise;
  return app;
}

const caller = {
  principal: { tenant: 'anonymous' },
  trace: undefined,
  signal: new AbortController().signal,
};
const input = { prompt: 'Tell a story', model: 'chat', sampling: { maxOutputTokens: 40 } };
const labels = { 'switchyard.deployment': 'local' };
const labelled = (more: Readonly<Record<string, string>>, value: number) => ({
  labels: { ...labels, ...more },
  value,
});

test('a model that works is shown as it works', async () => {
  await using resources = new AsyncDisposableStack();
  const { gateway, localModels } = await composed(resources);
  const events = gateway.stream(input, caller)[Symbol.asyncIterator]();
  while ((await events.next()).value?.type !== 'text-delta');

  const metrics = await recorder.metrics();
  const single = {
    'switchyard.local.state': 2,
    'switchyard.local.crash_loop': 0,
    'switchyard.local.processes': 1,
    'switchyard.local.slots': 8,
    'switchyard.local.slots.busy': 1,
    'switchyard.local.queued': 0,
    'switchyard.local.loads': 1,
    'switchyard.local.crashes': 0,
    'switchyard.local.memory.reserved': localModels.memory().reservedBytes,
  };
  for (const [metric, value] of Object.entries(single)) {
    expect(metrics.get(metric), metric).toEqual([{ labels, value }]);
  }
  expect(metrics.get('switchyard.local.memory.budget')).toEqual([{ labels: {}, value: budgetBytes }]);
  const [resident] = metrics.get('switchyard.local.memory.resident') ?? [];
  expect(resident?.value).toBeGreaterThan(10e6);
  await events.return?.();
});

test('what a model has done is counted as deployments { local } counts it, also once it is unloaded', async () => {
  await using resources = new AsyncDisposableStack();
  const { gateway, localModels } = await composed(resources);
  await gateway.generate(input, caller);
  await localModels.unload('local');

  const metrics = await recorder.metrics();
  const { counts, work } = localModels.status('local') ?? expect.fail('the model is not local');
  expect(metrics.get('switchyard.local.state')).toEqual([{ labels, value: 0 }]);
  expect(metrics.get('switchyard.local.memory.resident')).toEqual([{ labels, value: 0 }]);
  expect(metrics.get('switchyard.local.unloads')).toEqual([
    labelled({ 'switchyard.local.unload_reason': 'operator' }, 1),
    labelled({ 'switchyard.local.unload_reason': 'memory' }, 0),
    labelled({ 'switchyard.local.unload_reason': 'unused' }, 0),
  ]);
  expect(work.outputTokens).toBe(42);
  expect(metrics.get('switchyard.local.tokens')).toEqual([
    labelled({ 'gen_ai.token.type': 'input' }, work.inputTokens),
    labelled({ 'gen_ai.token.type': 'output' }, work.outputTokens),
  ]);
  expect(metrics.get('switchyard.local.cached_tokens')).toEqual([{ labels, value: work.cachedInputTokens }]);
  const [prompt, answer] = ['prompt', 'answer'].map((phase) => ({ 'switchyard.local.phase': phase }));
  expect(metrics.get('switchyard.local.runs')).toEqual([
    labelled(prompt ?? {}, work.reads),
    labelled(answer ?? {}, work.steps),
  ]);
  expect(metrics.get('switchyard.local.run.time')).toEqual([
    labelled(prompt ?? {}, work.readMs / 1000),
    labelled(answer ?? {}, work.stepMs / 1000),
  ]);
  expect(metrics.get('switchyard.local.load.duration')).toEqual([
    { labels, value: (counts.lastLoadMs ?? Number.NaN) / 1000 },
  ]);
});
