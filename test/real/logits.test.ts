import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { openChatTokenizer } from '../../adapters/onnx/engine/chat-tokenizer.ts';
import { importGguf } from '../../adapters/onnx/import/index.ts';
import { logProbabilities } from '../../adapters/onnx/verify/agreement.ts';
import { openDeltaRunner, type DeltaHistory } from '../../adapters/onnx/verify/delta-runner.ts';
import { smollm2Gguf, startLlamaServer, type LlamaServer } from '../support/real-downloads.ts';
import { widenGguf } from '../support/widen-gguf.ts';
import { chatPrompts, rawPrompts } from './logit-prompts.ts';

/**
 * SmolLM2 as it was imported against llama.cpp computing the same weights in full precision, token by token along the texts that
 * llama.cpp writes. llama.cpp on the 4-bit file itself, which rounds activations as we do, is measured beside it.
 */
const answerTokens = 16;
/** The reference's likeliest tokens; the rest counts as one. */
const comparedTokens = 200;
/** Where the reference's first two tokens are this close, in natural logarithms, rounding may decide between them. */
const nearTie = 0.25;

interface Position {
  /** The whole text up to here. */
  readonly tokens: readonly number[];
  /** Of the reference, likeliest first. */
  readonly expected: readonly TokenProbability[];
}

interface TokenProbability {
  readonly id: number;
  readonly logprob: number;
}

type Distribution = (token: number) => number | undefined;

let folder: string;
let positions: Position[][];
let directory: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logits-'));
  directory = join(folder, 'smollm2');
  const file = await smollm2Gguf();
  await importGguf({ file, directory, name: 'smollm2', source: 'test' });
  const wide = join(folder, 'smollm2-f32.gguf');
  await widenGguf(file, wide);
  const reference = await startLlamaServer({ model: wide, slots: 1 });
  positions = [];
  for (const prompt of await promptTokens()) positions.push(await positionsAlong(reference, prompt));
  await reference.stop();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function promptTokens(): Promise<number[][]> {
  const tokenizer = await openChatTokenizer(directory);
  const chats = chatPrompts.map((content) => tokenizer.renderChat([{ role: 'user', content }]));
  return [...rawPrompts, ...chats].map((prompt) => tokenizer.encode(prompt));
}

const probabilitySchema = z.object({ id: z.int(), logprob: z.number() });
const completionSchema = z.object({
  completion_probabilities: z.array(probabilitySchema.extend({ top_logprobs: z.array(probabilitySchema) })),
});

async function complete(
  server: LlamaServer,
  prompt: readonly number[],
  tokens: number,
): Promise<z.output<typeof completionSchema>['completion_probabilities']> {
  const body = {
    prompt,
    n_predict: tokens,
    n_probs: comparedTokens,
    temperature: 0,
    post_sampling_probs: false,
    ignore_eos: true,
  };
  const response = await fetch(new URL('/completion', server.baseUrl), {
    method: 'POST',
    body: JSON.stringify(body),
  });
  return completionSchema.parse(await response.json()).completion_probabilities;
}

async function positionsAlong(reference: LlamaServer, prompt: readonly number[]): Promise<Position[]> {
  const said = await complete(reference, prompt, answerTokens);
  return said.map(({ top_logprobs: expected }, index) => ({
    tokens: [...prompt, ...said.slice(0, index).map(({ id }) => id)],
    expected,
  }));
}

/** What one side says at every position. */
async function ours(): Promise<Distribution[][]> {
  const runner = await openDeltaRunner(directory);
  const all: Distribution[][] = [];
  for (const along of positions) {
    let history: DeltaHistory = [];
    const said: Distribution[] = [];
    for (const { tokens } of along) {
      const [result] = await runner.run([{ tokens: tokens.slice(history.length), history }]);
      if (result === undefined) throw new Error('the graph gave no row');
      history = result.history;
      const logprobs = logProbabilities(result.logits);
      said.push((token) => logprobs[token]);
    }
    all.push(said);
  }
  await runner.close();
  return all;
}

async function llamaOnFile(): Promise<Distribution[][]> {
  const server = await startLlamaServer({ slots: 1 });
  const all: Distribution[][] = [];
  for (const along of positions) {
    const said: Distribution[] = [];
    for (const { tokens } of along) {
      const [next] = await complete(server, tokens, 1);
      const logprobs = new Map(next?.top_logprobs.map(({ id, logprob }) => [id, logprob]));
      said.push((token) => logprobs.get(token));
    }
    all.push(said);
  }
  await server.stop();
  return all;
}

interface Agreement {
  readonly positions: number;
  /** Share of positions with the reference's likeliest token. */
  readonly top1: number;
  /** The same, where a near tie of the reference counts as agreement if its second token was chosen. */
  readonly top1NearTies: number;
  /** Mean Kullback-Leibler divergence from the reference, in nats. */
  readonly meanKl: number;
  /** Mean distance of the log-probabilities of the reference's five likeliest tokens. */
  readonly meanDistance: number;
}

function agreement(all: readonly Distribution[][]): Agreement {
  const compared = positions.flatMap((along, text) =>
    along.map(({ expected }, index) => compare(expected, all[text]?.[index] ?? (() => undefined))),
  );
  const mean = (pick: (each: Comparison) => number): number =>
    compared.reduce((sum, each) => sum + pick(each), 0) / compared.length;
  return {
    positions: compared.length,
    top1: mean(({ same }) => Number(same)),
    top1NearTies: mean(({ same, tie }) => Number(same || tie)),
    meanKl: mean(({ kl }) => kl),
    meanDistance: mean(({ distance }) => distance),
  };
}

interface Comparison {
  readonly same: boolean;
  /** The reference's second token was chosen, and it was close to the first. */
  readonly tie: boolean;
  readonly kl: number;
  readonly distance: number;
}

function compare(expected: readonly TokenProbability[], actual: Distribution): Comparison {
  const [first, second] = expected;
  const both = expected.flatMap(({ id, logprob }) => {
    const other = actual(id);
    return other === undefined ? [] : [{ id, logprob, other }];
  });
  const chosen = both.reduce(
    (best, each) => (each.other > best.other ? each : best),
    both[0] ?? { id: -1, logprob: 0, other: 0 },
  );
  const rest = (pick: (each: (typeof both)[number]) => number): number =>
    Math.max(1e-9, 1 - both.reduce((sum, each) => sum + Math.exp(pick(each)), 0));
  const [expectedRest, actualRest] = [rest(({ logprob }) => logprob), rest(({ other }) => other)];
  const kl = both.reduce((sum, { logprob, other }) => sum + Math.exp(logprob) * (logprob - other), 0);
  return {
    same: chosen.id === first?.id,
    tie: chosen.id === second?.id && (first?.logprob ?? 0) - second.logprob < nearTie,
    kl: kl + expectedRest * Math.log(expectedRest / actualRest),
    distance: both.slice(0, 5).reduce((sum, { logprob, other }) => sum + Math.abs(logprob - other), 0) / 5,
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function report(
  name: string,
  { positions: count, top1, top1NearTies, meanKl, meanDistance }: Agreement,
): void {
  process.stdout.write(
    `| ${name} | ${count} | ${percent(top1)} | ${percent(top1NearTies)} | ${meanKl.toFixed(4)} | ${meanDistance.toFixed(3)} |\n`,
  );
}

test('the imported model says what llama.cpp says in full precision, as closely as llama.cpp itself on the file', async () => {
  const imported = agreement(await ours());
  const llama = agreement(await llamaOnFile());
  process.stdout.write(
    '| against llama.cpp in F32 | positions | top-1 | top-1, near ties excused | mean KL | mean distance |\n',
  );
  report('imported, int8', imported);
  report('llama.cpp on the Q4_1 file', llama);

  expect(imported.positions).toBeGreaterThanOrEqual(300);
  expect(imported.top1).toBeGreaterThanOrEqual(0.9);
  expect(imported.top1NearTies).toBeGreaterThanOrEqual(0.97);
  expect(imported.meanKl).toBeLessThan(0.015);
  expect(imported.meanDistance).toBeLessThan(0.12);
  expect(imported.meanKl).toBeLessThan(2 * llama.meanKl);
});
