import type { ModelAdapter, ModelCall } from '../../../../adapters/contract.ts';
import type { Clock } from '../../../platform/clock.ts';
import { median, type BenchFigure } from './figures.ts';
import { benchText } from './texts.ts';

export interface DecoderMeasure {
  readonly adapter: ModelAdapter;
  /** Tokens that would end an answer early; they are forbidden, so that all answers are of one length. */
  readonly endTokens: readonly number[];
  /** Prompt and answer together. */
  readonly contextTokens: number;
  readonly callers: number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

interface Answer {
  readonly startedMs: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Of the prompt, without those that an earlier prompt had left. */
  readonly computedTokens: number;
  readonly outputTokens: number;
}

const rounds = 3;
const answerTokens = 64;
const longPromptWords = 200;
const shortPromptWords = 30;

/** How fast a decoder reads, and how fast it writes to one caller and to several at once. */
export async function measureDecoder(measure: DecoderMeasure): Promise<readonly BenchFigure[]> {
  const { callers } = measure;
  const answer = createAnswers(measure);
  const total = 3 * rounds;
  let done = 0;
  const repeat = async <Result>(once: () => Promise<Result>): Promise<Result[]> => {
    const results: Result[] = [];
    for (let round = 0; round < rounds; round += 1) {
      results.push(await once());
      measure.onProgress((done += 1), total);
    }
    return results;
  };
  const crowd = async (size: number): Promise<readonly Answer[]> =>
    await Promise.all(Array.from({ length: size }, () => answer(shortPromptWords, answerTokens)));

  const prompts = await repeat(() => answer(longPromptWords, 1));
  const alone = await repeat(() => crowd(1));
  const together = await repeat(() => crowd(callers));
  const promptTokens = median(prompts.map(({ computedTokens }) => computedTokens));
  return [
    {
      key: 'prefillTokensPerSecond',
      what: `prefill, a prompt of ${promptTokens} tokens`,
      value: median(prompts.map(prefillSpeed)),
      unit: 'tokens/s',
    },
    speedFigure('decodeTokensPerSecondAlone', 'decode, 1 caller', alone),
    speedFigure('decodeTokensPerSecondTogether', `decode, ${callers} callers together`, together),
    firstTokenFigure('firstTokenMsAlone', 'first token p50, 1 caller', alone),
    firstTokenFigure('firstTokenMsTogether', `first token p50, ${callers} callers at once`, together),
  ];
}

function speedFigure(key: string, what: string, crowds: readonly (readonly Answer[])[]): BenchFigure {
  return { key, what, value: median(crowds.map(decodeSpeed)), unit: 'tokens/s' };
}

function firstTokenFigure(key: string, what: string, crowds: readonly (readonly Answer[])[]): BenchFigure {
  const value = median(crowds.flat().map(({ startedMs, firstMs }) => firstMs - startedMs));
  return { key, what, value, unit: 'ms' };
}

function prefillSpeed({ computedTokens, startedMs, firstMs }: Answer): number {
  return perSecond(computedTokens, firstMs - startedMs);
}

/** Of all answers together, from the first token of any of them to the last; their first tokens are the prefill's. */
function decodeSpeed(answers: readonly Answer[]): number {
  const tokens = answers.reduce((sum, { outputTokens }) => sum + outputTokens - 1, 0);
  const firstMs = Math.min(...answers.map((answer) => answer.firstMs));
  const lastMs = Math.max(...answers.map((answer) => answer.lastMs));
  return perSecond(tokens, lastMs - firstMs);
}

function perSecond(count: number, tookMs: number): number {
  return (1000 * count) / tookMs;
}

/** The function that has an answer of so many tokens made to a prompt of so many words. Each prompt is another one. */
function createAnswers({ adapter, endTokens, contextTokens, clock, signal }: DecoderMeasure) {
  const logitBias = Object.fromEntries(endTokens.map((token) => [String(token), -100]));
  // A word may be several tokens, and the answer needs room too.
  const mostWords = Math.floor(contextTokens / 10);
  let number = 0;

  return async (wordCount: number, maxOutputTokens: number): Promise<Answer> => {
    if (adapter.generate === undefined) throw new Error('the model does not write');
    const text = benchText((number += 1), Math.min(wordCount, mostWords));
    const call: ModelCall = {
      messages: [{ role: 'user', content: [{ type: 'text', text }] }],
      sampling: { temperature: 0, maxOutputTokens, logitBias },
    };
    const startedMs = clock.monotonicMs();
    let firstMs: number | undefined;
    for await (const part of adapter.generate(call, signal)) {
      if (part.type === 'text-delta') firstMs ??= clock.monotonicMs();
      if (part.type !== 'finish') continue;
      const lastMs = clock.monotonicMs();
      const { inputTokens = 0, cachedInputTokens = 0, outputTokens = 0 } = part.usage;
      const computedTokens = inputTokens - cachedInputTokens;
      return { startedMs, firstMs: firstMs ?? lastMs, lastMs, computedTokens, outputTokens };
    }
    throw new Error('the answer did not finish');
  };
}
