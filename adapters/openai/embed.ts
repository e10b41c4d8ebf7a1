import { z } from 'zod';
import type { CallScope } from '../call-scope.ts';
import type { EmbedCall, EmbedResult } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import { startDeadlines, wholeLimits } from './deadlines.ts';
import type { Deployment } from './deployment.ts';
import { toAdapterError } from './failure.ts';

/** The vectors of some texts, in one request. */
export async function embedTexts(
  deployment: Deployment,
  call: EmbedCall,
  scope: CallScope,
): Promise<EmbedResult> {
  scope.begin();
  const { client, options, context } = deployment;
  const deadlines = startDeadlines(context.clock, wholeLimits(options.timeouts), scope.interrupt);
  try {
    const reply: unknown = await client.embeddings.create(
      {
        model: options.model,
        input: [...call.texts],
        // A third of the bytes, where the server is known to have it.
        encoding_format: options.isOpenAi ? 'base64' : 'float',
        ...(options.dimensions === undefined ? {} : { dimensions: options.dimensions }),
      },
      { signal: scope.signal, headers: { ...call.traceHeaders } },
    );
    scope.throwIfInterrupted();
    const result = readEmbedding(reply, call.texts.length, options.dimensions);
    scope.complete();
    return result;
  } catch (error) {
    throw scope.failure ?? toAdapterError(error, deployment, call.texts);
  } finally {
    deadlines.stop();
    scope.end();
  }
}

const replySchema = z.looseObject({
  data: z.array(
    z.looseObject({
      index: z.int().nonnegative().nullish(),
      embedding: z.union([z.string(), z.array(z.number())]),
    }),
  ),
  usage: z.looseObject({ prompt_tokens: z.int().nonnegative().nullish() }).nullish(),
});

/** Puts the vectors into the order of the texts and checks that none is missing or of another length. */
export function readEmbedding(reply: unknown, textCount: number, expectedLength?: number): EmbedResult {
  const parsed = replySchema.safeParse(reply);
  if (!parsed.success) throw new AdapterError('protocol', 'the embedding reply has not the form of one');
  const { data, usage } = parsed.data;
  const byIndex = new Map(data.map(({ index, embedding }, place) => [index ?? place, numbersOf(embedding)]));
  const vectors = Array.from({ length: textCount }, (_, place) => byIndex.get(place) ?? []);
  const dimensions = expectedLength ?? vectors[0]?.length ?? 0;
  if (data.length !== textCount || vectors.some(({ length }) => length !== dimensions || length === 0)) {
    const lengths = [...new Set(vectors.map(({ length }) => length))].join(', ');
    throw new AdapterError(
      'protocol',
      `the embedding reply has ${data.length} vectors of length ${lengths} for ${textCount} texts; expected one each of length ${dimensions}`,
    );
  }
  return {
    vectors,
    dimensions,
    // The protocol has no sign for it: OpenAI refuses texts that are too long.
    truncated: vectors.map(() => false),
    usage: {
      inputTokens: usage?.prompt_tokens ?? undefined,
      outputTokens: undefined,
      cachedInputTokens: undefined,
      reasoningTokens: undefined,
    },
  };
}

/** Base64 holds 32-bit floats, little-endian. */
function numbersOf(embedding: string | readonly number[]): readonly number[] {
  if (typeof embedding !== 'string') return embedding;
  const bytes = Buffer.from(embedding, 'base64');
  if (bytes.length % 4 !== 0) throw new AdapterError('protocol', 'an embedding is no list of 32-bit numbers');
  return Array.from({ length: bytes.length / 4 }, (_, place) => bytes.readFloatLE(place * 4));
}
