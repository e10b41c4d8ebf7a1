import { z } from 'zod';
import { capabilities, type JsonObject } from '../../adapters/contract.ts';
import { isJsonObject } from './json.ts';
import { parseUsd } from './money.ts';
import { priorities } from './request.ts';

/**
 * What a client may ask for, as it stands in the API, and the limits of each field. Every door into the gateway (GraphQL today)
 * hands its input to this schema, so that the same wish is judged alike everywhere.
 */

/** A lone surrogate is not text: it has no UTF-8 form, so no tokenizer, hash or provider agrees on it. */
const text = z
  .string()
  .refine(
    (value) => value.isWellFormed(),
    'holds a lone surrogate (half of a UTF-16 pair), which is not valid text',
  );

const nonEmptyText = text.refine((value) => value.length > 0, 'must not be empty');

/** Limits bound work and memory, not taste; each is far above what a chat sends. */
const atMost = {
  messages: 1000,
  parts: 100,
  tools: 128,
  stop: 4,
  biases: 300,
  labels: 16,
  timeoutMs: 600_000,
};

const jsonObject = z.custom<JsonObject>(
  (value) => isJsonObject(value),
  'must be a JSON object, nested at most 64 deep',
);

const imageUrl = text.refine(
  (value) => /^(data:image\/[a-z0-9.+-]+;base64,|https:\/\/)/i.test(value),
  'must be a data:image/...;base64 or an https: URL',
);

const contentPart = z.union([
  z.strictObject({ text }),
  z.strictObject({ image: z.strictObject({ url: imageUrl }) }),
]);

const toolName = text.regex(
  /^[A-Za-z0-9_-]{1,64}$/,
  'must be 1 to 64 letters, digits, underscores or hyphens',
);

const message = z.strictObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.array(contentPart).max(atMost.parts).default([]),
  toolCalls: z
    .array(z.strictObject({ id: nonEmptyText, name: toolName, arguments: text }))
    .max(atMost.tools)
    .exactOptional(),
  toolCallId: nonEmptyText.exactOptional(),
});

const logitBias = z
  .array(z.strictObject({ token: z.int().min(0), bias: z.number().min(-100).max(100) }))
  .max(atMost.biases)
  .transform((biases) => Object.fromEntries(biases.map(({ token, bias }) => [token, bias])));

const sampling = z.strictObject({
  temperature: z.number().min(0).max(2).exactOptional(),
  topP: z.number().gt(0).max(1).exactOptional(),
  topK: z.int().min(1).max(1000).exactOptional(),
  minP: z.number().min(0).max(1).exactOptional(),
  seed: z.int().exactOptional(),
  stop: z.array(nonEmptyText.max(256)).max(atMost.stop).exactOptional(),
  maxOutputTokens: z.int().min(1).max(131_072).default(1024),
  repetitionPenalty: z.number().gt(0).max(2).exactOptional(),
  presencePenalty: z.number().min(-2).max(2).exactOptional(),
  frequencyPenalty: z.number().min(-2).max(2).exactOptional(),
  logitBias: logitBias.exactOptional(),
});

const usd = text.transform((value, context) => {
  const nanoUsd = parseUsd(value);
  if (nanoUsd !== undefined) return nanoUsd;
  context.addIssue({
    code: 'custom',
    message: 'must be a decimal amount in dollars with at most nine decimals, such as "0.001"',
  });
  return z.NEVER;
});

const durationMs = z.int().min(1).max(atMost.timeoutMs);

const constraints = z.strictObject({
  maxCostUsd: usd.exactOptional(),
  maxFirstTokenMs: durationMs.exactOptional(),
  maxLatencyMs: durationMs.exactOptional(),
  localOnly: z.boolean().exactOptional(),
  capabilities: z.array(z.enum(capabilities)).exactOptional(),
});

const routing = {
  model: nonEmptyText.max(256).default('auto'),
  constraints: constraints.default({}),
  policy: nonEmptyText.max(64).optional(),
  timeoutMs: durationMs.default(60_000),
  deadlines: z
    .strictObject({
      connectMs: durationMs.exactOptional(),
      firstTokenMs: durationMs.exactOptional(),
      idleMs: durationMs.exactOptional(),
    })
    .default({}),
  priority: z.enum(priorities).default('interactive'),
};

/** Fields that most requests leave out are `optional`, which looks no further; `exactOptional` would try their forms in vain. */
export const generationInputSchema = z.strictObject({
  ...routing,
  prompt: nonEmptyText.optional(),
  system: nonEmptyText.optional(),
  messages: z.array(message).min(1, 'must hold at least one message').max(atMost.messages).optional(),
  sampling: sampling.default({ maxOutputTokens: 1024 }),
  tools: z
    .array(
      z.strictObject({
        name: toolName,
        description: text.exactOptional(),
        parameters: jsonObject.default({ type: 'object' }),
      }),
    )
    .max(atMost.tools)
    .optional(),
  toolChoice: z
    .union([
      z.strictObject({ mode: z.enum(['auto', 'none', 'required']) }),
      z.strictObject({ tool: toolName }),
    ])
    .optional(),
  responseFormat: z
    .union([z.strictObject({ json: z.literal(true) }), z.strictObject({ jsonSchema: jsonObject })])
    .optional(),
  logprobs: z.strictObject({ top: z.int().min(0).max(20).default(0) }).optional(),
  cache: z
    .strictObject({
      mode: z.enum(['read-write', 'read-only', 'write-only', 'off']).default('read-write'),
      ttlSeconds: z.int().min(1).max(604_800).default(300),
    })
    .default({ mode: 'read-write', ttlSeconds: 300 }),
  resumable: z.boolean().default(false),
  labels: z
    .array(z.strictObject({ key: nonEmptyText.max(64), value: text.max(256) }))
    .max(atMost.labels)
    .default([]),
});

export type GenerationInput = z.infer<typeof generationInputSchema>;
export type MessageInput = z.infer<typeof message>;

const texts = z.array(nonEmptyText).min(1, 'must hold at least one text').max(2048);

/** What the fields of an input become that say what is to be read; the others say how. */
export const readingInputSchemas = {
  embed: z.strictObject({ ...routing, texts }),
  classify: z.strictObject({ ...routing, texts }),
  rerank: z.strictObject({
    ...routing,
    query: nonEmptyText,
    documents: texts,
    topK: z.int().min(1).optional(),
  }),
};

export type EmbedInput = z.infer<typeof readingInputSchemas.embed>;
export type RerankInput = z.infer<typeof readingInputSchemas.rerank>;
