import type { CallScope } from '../call-scope.ts';
import type { TokenUsage } from '../contract.ts';
import { isSilent, keepSilent } from './play.ts';
import { wordCount } from './tally.ts';
import type { Theatre } from './theatre.ts';

export interface ReadScript {
  readonly truncated: readonly boolean[];
  readonly usage: TokenUsage;
}

/** Plays the waits and faults of the rule that holds for the texts. */
export async function readScript(
  { deployment, clock, rules }: Theatre,
  texts: readonly string[],
  scope: CallScope,
): Promise<ReadScript> {
  scope.begin();
  try {
    const message = texts.join('\n');
    for (const step of rules.next(message).play.filter(isSilent)) {
      await keepSilent(step, { deployment, clock, signal: scope.signal, message });
    }
    scope.complete();
    return {
      truncated: texts.map(() => false),
      usage: {
        inputTokens: wordCount(texts),
        outputTokens: undefined,
        cachedInputTokens: undefined,
        reasoningTokens: undefined,
      },
    };
  } finally {
    scope.end();
  }
}
