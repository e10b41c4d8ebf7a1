import { join } from 'node:path';
import { AdapterError } from '../../errors.ts';
import { LoadFailure } from '../load-failure.ts';
import { openChatTokenizer, TemplateError, type ChatTokenizer } from './chat-tokenizer.ts';
import { createDecoder } from './create-decoder.ts';
import type { Decoder } from './decoder.ts';
import { createDetokenizer } from './detokenizer.ts';
import { createEngine, type Engine } from './engine.ts';
import { openGraphSession } from './graph-session.ts';
import type { EngineRequest, LoadRequest } from './protocol.ts';
import { createSampler } from './sampler.ts';
import { readGenerationConfig, samplerSettings } from './sampling-defaults.ts';
import { createSequence } from './sequence.ts';
import { createStopMatcher } from './stop-matcher.ts';

export interface LoadEngineOptions {
  readonly monotonicMs: () => number;
  readonly onFatal: (error: unknown) => void;
}

/** Brings a model folder up to where it answers. Throws `LoadFailure` for what is wrong with the folder. */
export async function loadEngine(load: LoadRequest, options: LoadEngineOptions): Promise<Engine> {
  const { directory, manifest, settings } = load;
  const tokenizer = await openChatTokenizer(directory);
  const defaults = await readGenerationConfig(directory);
  const graphPath = join(directory, manifest.graphFile);
  const session = await openGraphSession(graphPath, manifest, settings.threads);
  const decoder = createDecoder(session, manifest);
  await probe(decoder, load);
  const endTokens = new Set(manifest.tokens.eos);
  return createEngine({
    ...options,
    maxQueue: settings.maxQueue,
    encode: (request) => encodePrompt(tokenizer, request, settings.contextTokens),
    open: ({ sampling }, promptTokens) =>
      createSequence({
        promptTokens,
        decoder: decoder.openSequence(),
        sampler: createSampler(samplerSettings(sampling, defaults), promptTokens),
        detokenizer: createDetokenizer((tokens) => tokenizer.decode(tokens)),
        stopMatcher: createStopMatcher(sampling.stop),
        endTokens,
        maxOutputTokens: sampling.maxOutputTokens,
        contextTokens: settings.contextTokens,
      }),
  });
}

/** Two runs, so that a graph that does not fit its manifest shows now and not in the first answer. */
async function probe(decoder: Decoder, { manifest }: LoadRequest): Promise<void> {
  const token = manifest.tokens.bos ?? manifest.tokens.eos[0] ?? 0;
  let logits: Float32Array;
  try {
    const sequence = decoder.openSequence();
    await sequence.append([token, token]);
    logits = await sequence.append([token]);
  } catch (cause) {
    throw new LoadFailure(
      `The graph ${manifest.graphFile} cannot be run: it does not fit its manifest or configuration.`,
      { cause },
    );
  }
  if (logits.length === manifest.decoder.vocabularySize && logits.every(Number.isFinite)) return;
  throw new LoadFailure(
    `The graph ${manifest.graphFile} gives ${logits.length} logits, not all of them numbers; ` +
      `expected ${manifest.decoder.vocabularySize} numbers.`,
  );
}

function encodePrompt(
  tokenizer: ChatTokenizer,
  request: EngineRequest,
  contextTokens: number,
): readonly number[] {
  const prompt = renderPrompt(tokenizer, request);
  // A text far too long is refused unread: to count the tokens of megabytes would hold up the other calls for seconds.
  if (prompt.length > contextTokens * tokenizer.longestToken) throw tooLong(contextTokens);
  const tokens = tokenizer.encode(prompt);
  if (tokens.length >= contextTokens) throw tooLong(contextTokens, tokens.length);
  if (tokens.length === 0) {
    throw new AdapterError('invalid-request', 'the prompt is empty for this model');
  }
  return tokens;
}

function renderPrompt(tokenizer: ChatTokenizer, request: EngineRequest): string {
  try {
    return tokenizer.renderChat(request.messages);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new AdapterError('invalid-request', error.message, { cause: error });
  }
}

/** At least one token of the context must be left for the answer. */
function tooLong(contextTokens: number, inputTokens?: number): AdapterError {
  const length = inputTokens === undefined ? 'far more' : `${inputTokens} tokens`;
  return new AdapterError(
    'context-length',
    `the prompt has ${length}, but the context holds ${contextTokens} tokens, answer included`,
    { inputTokens, contextTokens },
  );
}
