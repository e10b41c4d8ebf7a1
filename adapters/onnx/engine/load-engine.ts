import { join } from 'node:path';
import { LoadFailure } from '../load-failure.ts';
import { createDecoder } from './create-decoder.ts';
import type { Decoder } from './decoder.ts';
import { createDetokenizer } from './detokenizer.ts';
import { createEngine, type Engine, type EngineOptions } from './engine.ts';
import { openGraphSession } from './graph-session.ts';
import type { AnswerForm } from './grammar/answer-form.ts';
import { createGrammarEngine } from './grammar/grammar-engine.ts';
import { toolCallTags } from './grammar/tool-call-text.ts';
import { createPrefixCache } from './prefix-cache.ts';
import type { DecoderManifest } from '../model-folder.ts';
import { openPromptEncoder } from './prompt-encoder.ts';
import type { LoadRequest } from './protocol.ts';
import { createSampler } from './sampler.ts';
import { readGenerationConfig, samplerSettings } from './sampling-defaults.ts';
import { createSequence } from './sequence.ts';
import { createStopMatcher, createStopMatcherBefore, type StopMatcher } from './stop-matcher.ts';
import { openTokenDecoder, type TokenDecoder } from './token-decoder.ts';
import { createTokenReport } from './token-report.ts';

export interface EngineLoad extends Pick<LoadRequest, 'directory' | 'settings'> {
  readonly manifest: DecoderManifest;
}

export interface LoadEngineOptions {
  readonly monotonicMs: () => number;
  readonly meter: EngineOptions['meter'];
  readonly onFatal: (error: unknown) => void;
}

export interface LoadedEngine {
  readonly engine: Engine;
  /** Memory of all keys and values: of answers under way and of earlier prompts. */
  readonly cacheBytes: () => number;
}

/** Brings a model folder up to where it answers. Throws `LoadFailure` for what is wrong with the folder. */
export async function loadEngine(load: EngineLoad, options: LoadEngineOptions): Promise<LoadedEngine> {
  const { directory, manifest, settings } = load;
  const { contextTokens } = settings;
  const { vocabularySize } = manifest.decoder;
  // The thread reads its tokenizer while this one reads the graph.
  const opening = openPromptEncoder({ directory, contextTokens, vocabularySize });
  opening.catch(() => undefined);
  const tokenDecoder = await openTokenDecoder(directory);
  const { decode } = tokenDecoder;
  checkVocabulary(tokenDecoder, vocabularySize);
  const defaults = await readGenerationConfig(directory);
  const graphPath = join(directory, manifest.graphFile);
  const session = await openGraphSession(graphPath, manifest, { threads: settings.threads });
  const decoder = createDecoder(session, manifest);
  await probe(decoder, load);
  const promptEncoder = await opening;
  const endTokens = new Set(manifest.tokens.eos);
  const grammars = createGrammarEngine(() => ({
    ...tokenDecoder.vocabulary(),
    size: vocabularySize,
    endTokens: manifest.tokens.eos,
  }));
  const prefixes = createPrefixCache(settings.prefixCacheBytes);
  const engine = createEngine({
    ...options,
    ...settings,
    decoder,
    async encode(request) {
      const prompt = await promptEncoder.encode(request);
      if (request.form === undefined) return prompt;
      const left = contextTokens - prompt.tokens.length;
      const budget = Math.min(left, request.sampling.maxOutputTokens ?? left);
      return { ...prompt, constraint: await grammars.constrain(request.form, budget) };
    },
    open({ sampling, logProbabilities, tenant, form }, { tokens: promptTokens, operatorTokens, constraint }) {
      const row = decoder.open();
      const owner = { tenant, operatorTokens };
      prefixes.restore(row, promptTokens, owner);
      return createSequence({
        promptTokens,
        row,
        constraint,
        sampler: createSampler(samplerSettings(sampling, defaults), promptTokens, constraint),
        detokenizer: createDetokenizer(decode),
        stopMatcher: stopMatcherFor(form, sampling.stop),
        report: logProbabilities === undefined ? undefined : createTokenReport(logProbabilities, decode),
        endTokens,
        maxOutputTokens: sampling.maxOutputTokens,
        contextTokens,
        onPromptComputed: () => prefixes.keep(row, promptTokens, owner),
      });
    },
  });
  return { engine, cacheBytes: () => decoder.cacheBytes() + prefixes.bytes() };
}

/** Graphs pad their vocabulary to a round number, by much less than double it. */
function checkVocabulary({ ordinaryTokens }: TokenDecoder, vocabularySize: number): void {
  if (ordinaryTokens <= vocabularySize && 2 * ordinaryTokens > vocabularySize) return;
  throw new LoadFailure(
    `The tokenizer has ${ordinaryTokens} tokens and the graph gives ${vocabularySize} logits: it is the tokenizer of another model.`,
  );
}

/** A stop text must not cut what has to be whole. */
function stopMatcherFor(form: AnswerForm | undefined, stops: readonly string[]): StopMatcher {
  if (form === undefined) return createStopMatcher(stops);
  if (form.type === 'json' || form.required) return createStopMatcher([]);
  return createStopMatcherBefore(toolCallTags.trigger, stops);
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
