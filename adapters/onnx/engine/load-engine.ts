import { join } from 'node:path';
import { AdapterError } from '../../errors.ts';
import { LoadFailure } from '../load-failure.ts';
import { openChatTokenizer, TemplateError, type ChatTokenizer } from './chat-tokenizer.ts';
import { createDecoder } from './create-decoder.ts';
import type { Decoder } from './decoder.ts';
import { createDetokenizer } from './detokenizer.ts';
import type { EncodedPrompt } from './encoded-prompt.ts';
import { createEngine, type Engine } from './engine.ts';
import { openGraphSession } from './graph-session.ts';
import { createGrammarEngine } from './grammar/grammar-engine.ts';
import { createPrefixCache } from './prefix-cache.ts';
import type { DecoderManifest } from '../model-folder.ts';
import type { EngineRequest, LoadRequest } from './protocol.ts';
import { createSampler } from './sampler.ts';
import { readGenerationConfig, samplerSettings } from './sampling-defaults.ts';
import { createSequence } from './sequence.ts';
import { createStopMatcher } from './stop-matcher.ts';
import { createTokenReport } from './token-report.ts';

export interface EngineLoad extends Pick<LoadRequest, 'directory' | 'settings'> {
  readonly manifest: DecoderManifest;
}

export interface LoadEngineOptions {
  readonly monotonicMs: () => number;
  readonly onFatal: (error: unknown) => void;
}

/** Brings a model folder up to where it answers. Throws `LoadFailure` for what is wrong with the folder. */
export async function loadEngine(load: EngineLoad, options: LoadEngineOptions): Promise<Engine> {
  const { directory, manifest, settings } = load;
  const tokenizer = await openChatTokenizer(directory);
  const defaults = await readGenerationConfig(directory);
  const graphPath = join(directory, manifest.graphFile);
  const session = await openGraphSession(graphPath, manifest, settings.threads);
  const decoder = createDecoder(session, manifest);
  await probe(decoder, load);
  const endTokens = new Set(manifest.tokens.eos);
  const decode = (tokens: number[]): string => tokenizer.decode(tokens);
  const grammars = createGrammarEngine(() => ({
    ...tokenizer.vocabulary(),
    size: manifest.decoder.vocabularySize,
    endTokens: manifest.tokens.eos,
    textOf: (token) => tokenizer.decode([token]),
  }));
  const prefixes = createPrefixCache(settings.prefixCacheBytes);
  return createEngine({
    ...options,
    ...settings,
    decoder,
    async encode(request) {
      const prompt = encodePrompt(tokenizer, request, settings.contextTokens);
      if (request.form === undefined) return prompt;
      const left = settings.contextTokens - prompt.tokens.length;
      const budget = Math.min(left, request.sampling.maxOutputTokens ?? left);
      return { ...prompt, constraint: await grammars.constrain(request.form, budget) };
    },
    open({ sampling, logProbabilities, tenant }, { tokens: promptTokens, operatorTokens, constraint }) {
      const row = decoder.open();
      const owner = { tenant, operatorTokens };
      prefixes.restore(row, promptTokens, owner);
      return createSequence({
        promptTokens,
        row,
        sampler: createSampler(samplerSettings(sampling, defaults), promptTokens, constraint),
        detokenizer: createDetokenizer(decode),
        stopMatcher: createStopMatcher(sampling.stop),
        report: logProbabilities === undefined ? undefined : createTokenReport(logProbabilities, decode),
        endTokens,
        maxOutputTokens: sampling.maxOutputTokens,
        contextTokens: settings.contextTokens,
        onPromptComputed: () => prefixes.keep(row, promptTokens, owner),
      });
    },
  });
}

/** Two runs, so that a graph that does not fit its manifest shows now and not in the first answer. */
async function probe(decoder: Decoder, { manifest }: EngineLoad): Promise<void> {
  const token = manifest.tokens.bos ?? manifest.tokens.eos[0] ?? 0;
  let logits: Float32Array | undefined;
  try {
    const row = decoder.open();
    await decoder.run([{ row, tokens: [token, token] }]);
    [logits] = await decoder.run([{ row, tokens: [token] }]);
    row.close();
  } catch (cause) {
    throw new LoadFailure(
      `The graph ${manifest.graphFile} cannot be run: it does not fit its manifest or configuration.`,
      { cause },
    );
  }
  const count = logits?.length ?? 0;
  if (count === manifest.decoder.vocabularySize && logits?.every(Number.isFinite) === true) return;
  throw new LoadFailure(
    `The graph ${manifest.graphFile} gives ${count} logits, not all of them numbers; ` +
      `expected ${manifest.decoder.vocabularySize} numbers.`,
  );
}

function encodePrompt(
  tokenizer: ChatTokenizer,
  request: EngineRequest,
  contextTokens: number,
): EncodedPrompt {
  const prompt = renderPrompt(tokenizer, request);
  // A text far too long is refused unread: to count the tokens of megabytes would hold up the other calls for seconds.
  if (prompt.length > contextTokens * tokenizer.longestToken) throw tooLong(contextTokens);
  const tokens = tokenizer.encode(prompt);
  if (tokens.length >= contextTokens) throw tooLong(contextTokens, tokens.length);
  if (tokens.length === 0) {
    throw new AdapterError('invalid-request', 'the prompt is empty for this model');
  }
  return {
    tokens,
    operatorTokens: request.operatorMessage ? countOperatorTokens(tokenizer, request, tokens) : 0,
  };
}

/** The prompt's beginning that it shares with an empty question after the operator's message. */
function countOperatorTokens(
  tokenizer: ChatTokenizer,
  { messages, tools }: EngineRequest,
  tokens: readonly number[],
): number {
  const [message] = messages;
  if (message === undefined) return 0;
  const bare = tokenizer.encode(tokenizer.renderChat([message, { role: 'user', content: '' }], tools));
  const differs = tokens.findIndex((token, index) => token !== bare[index]);
  return differs === -1 ? tokens.length : differs;
}

function renderPrompt(tokenizer: ChatTokenizer, request: EngineRequest): string {
  try {
    return tokenizer.renderChat(request.messages, request.tools);
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
