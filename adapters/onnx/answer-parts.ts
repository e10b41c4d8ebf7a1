import type { FinishReason, StreamPart, TokenUsage } from '../contract.ts';
import type { EnginePart } from './engine/protocol.ts';
import type { ModelManifest } from './model-folder.ts';
import { createToolCallText, type AnswerPiece } from './engine/grammar/tool-call-text.ts';

export interface AnswerPartsOptions {
  /** Of the version that answers. */
  readonly manifest: Pick<ModelManifest, 'name' | 'version'>;
  /** How long the call waited before it came into the queue, in milliseconds. */
  readonly waitedMs: number;
  /** Whether the answer may hold a tool call, which then stands in its text. */
  readonly mayCallTools: boolean;
  readonly newCallId: () => string;
}

/** Turns what the engine makes into the parts of the contract: one, several or none each. */
export function answerParts(options: AnswerPartsOptions): (part: EnginePart) => readonly StreamPart[] {
  const toolText = options.mayCallTools ? createToolCallText() : undefined;
  let called = false;

  function pieceParts(pieces: readonly AnswerPiece[]): readonly StreamPart[] {
    return pieces.map((piece): StreamPart => {
      switch (piece.type) {
        case 'text':
          return { type: 'text-delta', text: piece.text };
        case 'call':
          called = true;
          return {
            type: 'tool-call-delta',
            index: 0,
            id: options.newCallId(),
            name: piece.name,
            argumentsDelta: '',
          };
        case 'arguments':
          return { type: 'tool-call-delta', index: 0, argumentsDelta: piece.text };
      }
    });
  }

  function reasonOf({ unified, raw }: FinishReason): FinishReason {
    return { unified: called && unified === 'stop' ? 'tool-calls' : unified, raw };
  }

  return (part) => {
    switch (part.type) {
      case 'started':
        return [started(part.queuedMs, options)];
      case 'text':
        return toolText === undefined ? [textDelta(part)] : pieceParts(toolText.push(part.text));
      case 'finish':
        return [
          ...pieceParts(toolText?.flush() ?? []),
          { type: 'finish', reason: reasonOf(part.reason), usage: usageOf(part) },
        ];
      case 'encoded':
        throw new Error('a decoder does not encode');
    }
  };
}

function started(queuedMs: number, { manifest, waitedMs }: AnswerPartsOptions): StreamPart {
  return {
    type: 'response-metadata',
    queuedMs: waitedMs + queuedMs,
    responseModel: manifest.name,
    modelVersion: manifest.version,
  };
}

function textDelta({ text, logProbabilities }: Extract<EnginePart, { type: 'text' }>): StreamPart {
  return { type: 'text-delta', text, ...(logProbabilities === undefined ? {} : { logProbabilities }) };
}

function usageOf({
  inputTokens,
  outputTokens,
  cachedInputTokens,
}: Extract<EnginePart, { type: 'finish' }>): TokenUsage {
  return { inputTokens, outputTokens, cachedInputTokens, reasoningTokens: undefined };
}
