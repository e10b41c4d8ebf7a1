import type { TokenLogProbability, UnifiedFinishReason } from '../../contract.ts';
import type { DecoderRow } from './decoder.ts';
import type { Detokenizer } from './detokenizer.ts';
import { promptPiece } from './prompt-pieces.ts';
import type { Sampler } from './sampler.ts';
import type { StopMatcher } from './stop-matcher.ts';
import type { TokenConstraint } from './token-constraint.ts';
import type { TokenReport } from './token-report.ts';

export interface SequenceParts {
  readonly promptTokens: readonly number[];
  /** May hold the first pieces of the prompt already. */
  readonly row: DecoderRow;
  readonly sampler: Sampler;
  readonly detokenizer: Detokenizer;
  readonly stopMatcher: StopMatcher;
  /** What the sampler keeps to; closed with the sequence. */
  readonly constraint?: TokenConstraint | undefined;
  /** Any of these ends the answer. */
  readonly endTokens: ReadonlySet<number>;
  /** `undefined` is as many as the context holds. */
  readonly maxOutputTokens: number | undefined;
  /** Present where log-probabilities were asked for. */
  readonly report?: TokenReport | undefined;
  /** Prompt and answer together. */
  readonly contextTokens: number;
  /** Called once all tokens of the prompt are in the row. */
  readonly onPromptComputed: () => void;
}

/** One prompt on its way to its answer. */
export interface Sequence {
  readonly row: DecoderRow;
  readonly inputTokens: number;
  /** Whether tokens of the prompt are still to be computed. */
  readonly prefilling: boolean;
  /** Tokens of the prompt whose keys and values were there from the start. */
  readonly cachedTokens: number;
  /** Tokens of the answer so far; the one that ended it counts. */
  readonly outputTokens: number;
  /** What the next run of the graph takes: a piece of the prompt, or the last token of the answer. */
  next(): readonly number[];
  /** Takes the logits of that run. */
  advance(logits: Float32Array): SequenceStep;
  /** Lets go of the row and of what keeps the answer to its form. */
  close(): void;
}

export interface SequenceStep {
  /** What the answer gained, often ''. */
  readonly text: string;
  /** Of the tokens of the text, where they were asked for. */
  readonly logProbabilities?: TokenLogProbability[];
  /** Present on the last step. */
  readonly finish?: SequenceFinish;
}

export interface SequenceFinish {
  readonly unified: UnifiedFinishReason;
  readonly raw: 'end-token' | 'stop-text' | 'max-output-tokens' | 'context-full';
}

export function createSequence(parts: SequenceParts): Sequence {
  const { promptTokens, row, sampler, detokenizer, stopMatcher, report } = parts;
  const cachedTokens = row.length;
  let outputTokens = 0;
  let lastToken = 0;

  function accept(token: number): SequenceStep {
    lastToken = token;
    outputTokens += 1;
    if (parts.endTokens.has(token)) return end({ unified: 'stop', raw: 'end-token' });
    const { text, stopped } = stopMatcher.push(detokenizer.push(token));
    if (stopped) return { text, finish: { unified: 'stop', raw: 'stop-text' } };
    const limit = reachedLimit();
    if (limit === undefined) return { text };
    const last = end(limit);
    return { ...last, text: text + last.text };
  }

  function reachedLimit(): SequenceFinish | undefined {
    if (outputTokens >= (parts.maxOutputTokens ?? Infinity)) {
      return { unified: 'length', raw: 'max-output-tokens' };
    }
    if (promptTokens.length + outputTokens >= parts.contextTokens) {
      return { unified: 'length', raw: 'context-full' };
    }
    return undefined;
  }

  /** Gives out what was held back; that may complete a stop text. */
  function end(finish: SequenceFinish): SequenceStep {
    const { text, stopped } = stopMatcher.push(detokenizer.flush());
    if (stopped) return { text, finish: { unified: 'stop', raw: 'stop-text' } };
    return { text: text + stopMatcher.flush(), finish };
  }

  function reported(step: SequenceStep): SequenceStep {
    return report === undefined || step.text === '' ? step : { ...step, logProbabilities: report.take() };
  }

  const prefilling = (): boolean => row.length < promptTokens.length;

  return {
    row,
    inputTokens: promptTokens.length,
    cachedTokens,
    get prefilling() {
      return prefilling();
    },
    get outputTokens() {
      return outputTokens;
    },
    next: () => (prefilling() ? promptPiece(promptTokens, row.length) : [lastToken]),
    advance(logits) {
      if (prefilling()) return { text: '' };
      if (outputTokens === 0) parts.onPromptComputed();
      const tell = report?.look(logits);
      const token = sampler.next(logits);
      tell?.(token);
      return reported(accept(token));
    },
    close() {
      row.close();
      parts.constraint?.close();
    },
  };
}
