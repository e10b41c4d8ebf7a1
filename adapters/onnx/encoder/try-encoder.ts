import { LoadFailure } from '../load-failure.ts';
import type { EncoderManifest } from '../model-folder.ts';
import type { EncoderText } from './encoder-request.ts';
import type { Encoder } from './encoder.ts';
import type { TextTokenizer, TokenizedText } from './text-tokenizer.ts';

/** What trial runs have shown of a graph on this machine. */
export interface EncoderTrial {
  readonly tokens: number;
  /** To run the graph over one text of so many tokens. */
  readonly tookMs: number;
  /** Whether a text gets the same numbers whatever shares its run. Exports that round activations to int8 as they come do not. */
  readonly batches: boolean;
}

export interface EncoderTrialOptions {
  readonly encoder: Encoder;
  readonly tokenizer: TextTokenizer;
  readonly manifest: EncoderManifest;
  readonly monotonicMs: () => number;
}

/**
 * Runs the graph a few times, so that one that does not fit its manifest or its tokenizer shows now and not in the first answer.
 * Throws `LoadFailure`.
 */
export async function tryEncoder(options: EncoderTrialOptions): Promise<EncoderTrial> {
  const { encoder, tokenizer, manifest, monotonicMs } = options;
  const tokenize = (text: string): TokenizedText => tokenizer.tokenize(asked(text, manifest));
  const text = tokenize('The ship is in the harbour. '.repeat(20));
  const other = tokenize('12 % of all? '.repeat(4));
  const width = Math.max(text.tokens.length, other.tokens.length);
  const run = (texts: readonly TokenizedText[]): Promise<readonly Float32Array[]> =>
    runFitting(encoder, texts, { width, manifest });
  const [alone] = await run([text]);
  checkNumbers(alone, manifest);
  const [beside] = await run([text, other]);
  const startedMs = monotonicMs();
  await run([text]);
  return { tokens: width, tookMs: monotonicMs() - startedMs, batches: areSame(alone, beside) };
}

function asked(text: string, { encoder }: EncoderManifest): EncoderText {
  return encoder.task === 'rerank' ? ['Where is it?', text] : text;
}

async function runFitting(
  encoder: Encoder,
  texts: readonly TokenizedText[],
  { width, manifest }: { readonly width: number; readonly manifest: EncoderManifest },
): Promise<readonly Float32Array[]> {
  try {
    return await encoder.run(texts, width);
  } catch (cause) {
    throw new LoadFailure(
      `The graph ${manifest.graphFile} cannot be run: it does not fit its configuration or its tokenizer.`,
      { cause },
    );
  }
}

function checkNumbers(
  numbers: Float32Array | undefined,
  { encoder, graphFile }: EncoderManifest,
): asserts numbers is Float32Array {
  const expected = numbersPerText(encoder);
  if (numbers?.length === expected && numbers.every(Number.isFinite)) return;
  throw new LoadFailure(
    `The graph ${graphFile} does not give the ${expected} numbers a text that its configuration promises.`,
  );
}

function numbersPerText(description: EncoderManifest['encoder']): number {
  switch (description.task) {
    case 'embed':
      return description.dimensions;
    case 'classify':
      return description.labels.length;
    case 'rerank':
      return 1;
  }
}

/** Far above what another order of summing does, far below what rounding by another scale does. */
const tolerance = 1e-4;

function areSame(left: Float32Array, right: Float32Array | undefined): boolean {
  const largest = left.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return left.every((value, at) => Math.abs(value - (right?.[at] ?? Number.NaN)) <= tolerance * largest);
}
