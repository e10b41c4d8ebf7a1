import type { UnifiedFinishReason } from '../../contract.ts';
import type { DecoderSequence } from './decoder.ts';
import type { Detokenizer } from './detokenizer.ts';
import type { Sampler } from './sampler.ts';
import type { StopMatcher } from './stop-matcher.ts';

export interface SequenceParts {
  readonly promptTokens: readonly number[];
  readonly decoder: DecoderSequence;
  readonly sampler: Sampler;
  readonly detokenizer: Detokenizer;
  readonly stopMatcher: StopMatcher;
  /** Any of these ends the answer. */
  readonly endTokens: ReadonlySet<number>;
  readonly maxOutputTokens: number;
  /** Prompt and answer together. */
  readonly contextTokens: number;
}

/** One prompt on its way to its answer. */
export interface Sequence {
  /** Runs the graph once: over the next piece of the prompt, or for the next token of the answer. */
  advance(): Promise<SequenceStep>;
  /** Tokens of the answer so far; the one that ended it counts. */
  outputTokens(): number;
}

export interface SequenceStep {
  /** What the answer gained, often ''. */
  readonly text: string;
  /** Present on the last step. */
  readonly finish?: SequenceFinish;
}

export interface SequenceFinish {
  readonly unified: UnifiedFinishReason;
  readonly raw: 'end-token' | 'stop-text' | 'max-output-tokens' | 'context-full';
}

/** Nothing can be cancelled during a run, so a long prompt goes in by pieces that take a fraction of a second. */
const promptPieceTokens = 64;

export function createSequence(parts: SequenceParts): Sequence {
  const { promptTokens, decoder, sampler, detokenizer, stopMatcher } = parts;
  let promptDone = 0;
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
    if (outputTokens >= parts.maxOutputTokens) {
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

  return {
    async advance() {
      if (promptDone === promptTokens.length) {
        return accept(sampler.next(await decoder.append([lastToken])));
      }
      const piece = promptTokens.slice(promptDone, promptDone + promptPieceTokens);
      const logits = await decoder.append(piece);
      promptDone += piece.length;
      return promptDone < promptTokens.length ? { text: '' } : accept(sampler.next(logits));
    },
    outputTokens: () => outputTokens,
  };
}
