import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importEncoder } from '../../../adapters/onnx/import/index.ts';
import { createOnnxAdapter, onnxOptionsSchema } from '../../../adapters/onnx/index.ts';
import {
  caseNames,
  classifyCaseNames,
  describeAdapter,
  embedCaseNames,
  rerankCaseNames,
  type CaseName,
} from '../../conformance/adapter.ts';
import { conformanceContext, type Fixture } from '../../conformance/fixture.ts';
import { tinyBert, writeTinyBert, type TinyBert } from '../../support/tiny-bert.ts';

async function create(bert: TinyBert): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), 'tiny-encoder-'));
  const directory = join(folder, 'tiny');
  const file = await writeTinyBert(join(folder, 'source'), bert);
  await importEncoder({ file, directory, name: 'tiny', source: 'test' });
  const adapter = createOnnxAdapter(
    onnxOptionsSchema.parse({ model: 'tiny', path: directory, threads: 1 }),
    conformanceContext({ deployment: 'tiny' }),
  );
  const ready = Promise.withResolvers<void>();
  adapter.loading?.onChange((state) => {
    if (state.step === 'ready') ready.resolve();
    if (state.step === 'failed') ready.reject(new Error(state.problem));
  });
  adapter.loading?.start();
  await ready.promise;
  return {
    adapter,
    idle: () => adapter.inspect().idle(),
    async dispose() {
      await adapter.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Every other case asks for something that this encoder does not do. */
function othersThan(kept: readonly CaseName[]): readonly CaseName[] {
  const all = new Set<CaseName>([
    ...kept,
    'the traits name what the adapter can do',
    'close may be called twice, also at once',
  ]);
  return caseNames.filter((name) => !all.has(name));
}

const optOut = (kept: readonly CaseName[]) => [
  { reason: 'an encoder has one task', cases: othersThan(kept) },
];

const many = Array.from({ length: 2000 }, () => 'a b c d e f g h');

describeAdapter({
  name: 'onnx, embedding',
  create: () => create(tinyBert()),
  scenarios: {
    embed: { texts: ['a b', 'c d e', 'a b'] },
    embedSilence: { texts: many },
    embedFailures: { 'queue-full': { texts: Array.from({ length: 9000 }, () => 'a') } },
  },
  optOuts: optOut(embedCaseNames),
});

describeAdapter({
  name: 'onnx, classifying',
  create: () => create(tinyBert({ labels: ['bad', 'fair', 'good'] })),
  scenarios: { classify: { texts: ['a b', 'c d'] }, classifySilence: { texts: many } },
  optOuts: optOut(classifyCaseNames),
});

describeAdapter({
  name: 'onnx, reranking',
  // What these random weights like best is arbitrary, and always the same.
  create: () => create(tinyBert({ labels: ['LABEL_0'] })),
  scenarios: {
    rerank: { call: { query: 'a b', documents: ['c d', 'a b c', 'h'] }, best: 2 },
    rerankSilence: { query: 'a b', documents: many },
  },
  optOuts: optOut(rerankCaseNames),
});
