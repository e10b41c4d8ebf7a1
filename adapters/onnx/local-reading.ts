import type { CallScopes } from '../call-scope.ts';
import type { LabelScore, ModelAdapter } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import { encodeTexts, type EncodedTexts } from './encode-texts.ts';
import type { EncodeRequest } from './encoder/encoder-request.ts';
import type { EncoderManifest, ModelManifest } from './model-folder.ts';
import type { ModelSupervisor } from './model-supervisor.ts';

export interface LocalReadingOptions {
  readonly scopes: CallScopes;
  readonly supervisor: ModelSupervisor;
}

/** What local encoders do: each call fails with `unsupported` where the model is for something else. */
export function createLocalReading({
  scopes,
  supervisor,
}: LocalReadingOptions): Required<Pick<ModelAdapter, 'embed' | 'classify' | 'rerank'>> {
  async function read<Task extends EncoderTask>(
    task: Task,
    request: EncodeRequest,
    signal: AbortSignal,
  ): Promise<EncodedTexts & { readonly encoder: EncoderOf<Task> }> {
    const scope = scopes.open(signal);
    scope.begin();
    try {
      return await supervisor.withProcess(scope.signal, async ({ process, manifest }) => {
        const encoder = encoderFor(task, manifest);
        return { ...(await encodeTexts(process, request, scope)), encoder };
      });
    } finally {
      scope.end();
    }
  }

  return {
    async embed({ texts, priority = 'interactive' }, signal) {
      const { numbers, encoder, ...rest } = await read('embed', { texts: [...texts], priority }, signal);
      return { vectors: numbers, dimensions: encoder.dimensions, ...rest };
    },
    async classify({ texts, priority = 'interactive' }, signal) {
      const { numbers, encoder, ...rest } = await read('classify', { texts: [...texts], priority }, signal);
      return { scores: numbers.map((scores) => labelled(scores, encoder.labels)), ...rest };
    },
    async rerank({ query, documents, priority = 'interactive' }, signal) {
      const texts = documents.map((document): [string, string] => [query, document]);
      const { numbers, truncated, usage } = await read('rerank', { texts, priority }, signal);
      return { scores: numbers.map(([score = Number.NaN]) => score), truncated, usage };
    },
  };
}

type EncoderTask = EncoderManifest['encoder']['task'];
type EncoderOf<Task extends EncoderTask> = Extract<EncoderManifest['encoder'], { readonly task: Task }>;

/** Throws `AdapterError('unsupported')` where the model is not for the task. */
function encoderFor<Task extends EncoderTask>(task: Task, manifest: ModelManifest): EncoderOf<Task> {
  if (manifest.graph === 'encoder' && isFor(task, manifest.encoder)) return manifest.encoder;
  throw new AdapterError('unsupported', `the local model is not one to ${task}`);
}

function isFor<Task extends EncoderTask>(
  task: Task,
  encoder: EncoderManifest['encoder'],
): encoder is EncoderOf<Task> {
  return encoder.task === task;
}

function labelled(scores: readonly number[], labels: readonly string[]): LabelScore[] {
  return labels
    .map((label, index) => ({ label, score: scores[index] ?? Number.NaN }))
    .sort((left, right) => right.score - left.score);
}
