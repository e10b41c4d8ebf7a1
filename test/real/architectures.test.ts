import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { importGguf } from '../../adapters/onnx/import/index.ts';
import { openGgufReference } from '../../adapters/onnx/verify/gguf-reference.ts';
import { lastLogits } from '../onnx/import/tiny-reference.ts';
import { indexOfLargest, logProbabilities } from '../../adapters/onnx/verify/agreement.ts';
import { openDeltaRunner } from '../../adapters/onnx/verify/delta-runner.ts';
import { startLlamaServer, type LlamaServer } from '../support/real-downloads.ts';
import { tinyArchitectures, tinyTokens, writeTinyGguf } from '../support/tiny-gguf.ts';

/**
 * The same tiny random models in llama.cpp, in the reference decoder and in the graph. The files hold floats, so that llama.cpp rounds
 * nothing but its cache and its table of the GELU, both to halves.
 */
const tokens = [1, 75, 104, 111, 40, 8, 200, 33, 271, 99, 264, 2];

/** Largest distance of log-probabilities, in nats. Logits of tiny models lie about 5 apart. */
const tolerance = { reference: 0.02, graph: 0.3 } as const;

const letter = tinyTokens.indexOf('h');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'architectures-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const probabilitySchema = z.object({ id: z.int(), logprob: z.number() });
const completionSchema = z.object({
  completion_probabilities: z.tuple([z.object({ top_logprobs: z.array(probabilitySchema) })]),
});

/** One log-probability a token of the vocabulary. */
async function askLlama(server: LlamaServer): Promise<Float64Array> {
  const body = {
    prompt: tokens,
    n_predict: 1,
    n_probs: tinyTokens.length,
    temperature: 0,
    // A letter: after half of a character the server keeps silent. The probabilities are those before the bias.
    logit_bias: [[letter, 1000]],
  };
  const response = await fetch(new URL('/completion', server.baseUrl), {
    method: 'POST',
    body: JSON.stringify(body),
  });
  const [{ top_logprobs: said }] = completionSchema.parse(await response.json()).completion_probabilities;
  const logprobs = new Float64Array(tinyTokens.length).fill(Number.NaN);
  for (const { id, logprob } of said) logprobs[id] = logprob;
  return logprobs;
}

async function askGraph(file: string, directory: string): Promise<Float32Array> {
  await importGguf({ file, directory, name: 'tiny', source: 'test' });
  const runner = await openDeltaRunner(directory);
  const [result] = await runner.run([{ tokens }]);
  await runner.close();
  return result?.logits ?? expect.fail('the graph gave no row');
}

function largestDistance(left: Float64Array, right: Float64Array): number {
  return left.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - (right[index] ?? Number.NaN))),
    0,
  );
}

test.each(tinyArchitectures)('%s says what llama.cpp says', async (architecture) => {
  const file = join(folder, `${architecture}.gguf`);
  await writeTinyGguf(file, { architecture, layers: 7, weightType: 'F32' });
  const server = await startLlamaServer({ model: file, slots: 1 });
  const llama = await askLlama(server);
  await server.stop();
  const expected = Float32Array.from(await lastLogits(await openGgufReference(file), tokens));
  const graph = await askGraph(file, join(folder, architecture));
  const reference = largestDistance(logProbabilities(expected), llama);
  const served = largestDistance(logProbabilities(graph), llama);
  process.stdout.write(
    `| ${architecture} | reference ${reference.toFixed(4)} | graph ${served.toFixed(3)} nats at most |\n`,
  );
  expect(reference).toBeLessThan(tolerance.reference);
  expect(served).toBeLessThan(tolerance.graph);
  expect(indexOfLargest(expected)).toBe(indexOfLargest(llama));
});
