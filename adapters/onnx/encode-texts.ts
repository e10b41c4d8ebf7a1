import type { CallScope } from '../call-scope.ts';
import type { TokenUsage } from '../contract.ts';
import { unpackNumbers, type EncodeRequest } from './encoder/encoder-request.ts';
import type { ModelProcess } from './model-process.ts';
import { cancelWith } from './local-writing.ts';
import { createPartInbox } from './part-inbox.ts';

export interface EncodedTexts {
  /** Of each text of the request, in order. */
  readonly numbers: readonly (readonly number[])[];
  readonly truncated: readonly boolean[];
  readonly usage: TokenUsage;
}

/** Has the process read the texts; the numbers of each are there as soon as all are. */
export async function encodeTexts(
  process: ModelProcess,
  request: EncodeRequest,
  scope: CallScope,
): Promise<EncodedTexts> {
  const inbox = createPartInbox();
  const numbers: (readonly number[])[] = request.texts.map(() => []);
  const truncated = request.texts.map(() => false);
  const open = process.open({ type: 'encode', request }, inbox);
  cancelWith(scope, open, inbox);
  for (;;) {
    const part = await inbox.take();
    scope.throwIfInterrupted();
    switch (part.type) {
      case 'encoded':
        // Unpacked as they come, a run at a time: thousands of vectors at once would hold the event loop up.
        for (const text of part.texts) {
          numbers[text.index] = Array.from(unpackNumbers(text.numbers));
          truncated[text.index] = text.truncated;
        }
        break;
      case 'finish':
        scope.complete();
        return { numbers, truncated, usage: usageOf(part.inputTokens) };
      case 'started':
        break;
      case 'text':
        throw new Error('an encoder does not write');
    }
  }
}

function usageOf(inputTokens: number): TokenUsage {
  return { inputTokens, outputTokens: undefined, cachedInputTokens: undefined, reasoningTokens: undefined };
}
