/**
 * What the gateway and a model's process say to each other: JSON over the IPC channel, read by schema on both sides.
 * The gateway sends one `load`, then any number of calls, each under an id of its choice.
 */
import { z } from 'zod';
import { adapterErrorKinds } from '../../errors.ts';
import { unifiedFinishReasons } from '../../contract.ts';
import { encodedTextSchema, encodeRequestSchema } from '../encoder/encoder-request.ts';
import { answerFormSchema } from './grammar/answer-form.ts';
import { jsonObjectSchema } from './json-object.ts';
import { modelManifestSchema } from '../model-folder.ts';

const callId = z.int().nonnegative();
const tokenCount = z.int().nonnegative();

export const engineSettingsSchema = z.strictObject({
  threads: z.int().positive(),
  /** Answers worked on at once. */
  slots: z.int().positive(),
  maxQueue: z.int().nonnegative(),
  /** Memory for keys and values of earlier prompts. */
  prefixCacheBytes: z.int().nonnegative(),
  contextTokens: z.int().positive(),
  /** How long an idle encoder waits for more texts, in milliseconds. */
  batchWindowMs: z.number().nonnegative(),
});

export const chatMessageSchema = z.strictObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string(),
  toolCallId: z.string().optional(),
  toolCalls: z.array(z.strictObject({ id: z.string(), name: z.string(), arguments: z.string() })).optional(),
});

export const toolSchema = z.strictObject({
  name: z.string(),
  description: z.string().optional(),
  parameters: jsonObjectSchema,
});

/** `Sampling` of the contract, with the seed always there: chance is the gateway's, never the child's. */
export const engineSamplingSchema = z.strictObject({
  temperature: z.number().optional(),
  topP: z.number().optional(),
  topK: z.int().positive().optional(),
  minP: z.number().optional(),
  seed: z.number(),
  stop: z.array(z.string()),
  /** Left out: as many as the context holds. */
  maxOutputTokens: z.int().positive().optional(),
  repetitionPenalty: z.number().positive().optional(),
  presencePenalty: z.number().optional(),
  frequencyPenalty: z.number().optional(),
  logitBias: z.record(z.string(), z.number()).optional(),
});

const likelyTokenSchema = z.strictObject({ text: z.string(), logProbability: z.number() });

export const engineRequestSchema = z.strictObject({
  messages: z.array(chatMessageSchema),
  tools: z.array(toolSchema).optional(),
  /** The first message is the operator's, the same for every caller. */
  operatorMessage: z.boolean(),
  sampling: engineSamplingSchema,
  logProbabilities: z.int().nonnegative().optional(),
  /** Of the answer; left out is free text. */
  form: answerFormSchema.optional(),
  tenant: z.string(),
  priority: z.enum(['interactive', 'batch']),
});

/**
 * Parts are paid with credit: the child stops generating for a call that has none left, so a consumer that does not
 * read holds back its own call only.
 */
export const toChildSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('load'),
    directory: z.string(),
    manifest: modelManifestSchema,
    settings: engineSettingsSchema,
  }),
  z.strictObject({
    type: z.literal('generate'),
    callId,
    request: engineRequestSchema,
    credit: z.int().positive(),
  }),
  z.strictObject({ type: z.literal('encode'), callId, request: encodeRequestSchema }),
  z.strictObject({ type: z.literal('grant'), callId, credit: z.int().positive() }),
  z.strictObject({ type: z.literal('cancel'), callId }),
  /** Answered with a pulse, between two runs of the graph. */
  z.strictObject({ type: z.literal('ping') }),
  z.strictObject({ type: z.literal('close') }),
]);

const enginePartSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('started'), queuedMs: z.number().nonnegative() }),
  z.strictObject({
    type: z.literal('text'),
    text: z.string(),
    logProbabilities: z
      .array(likelyTokenSchema.extend({ top: z.array(likelyTokenSchema).readonly() }))
      .readonly()
      .optional(),
  }),
  z.strictObject({ type: z.literal('encoded'), texts: z.array(encodedTextSchema) }),
  z.strictObject({
    type: z.literal('finish'),
    reason: z.strictObject({ unified: z.enum(unifiedFinishReasons), raw: z.string() }),
    inputTokens: tokenCount,
    cachedInputTokens: tokenCount,
    outputTokens: tokenCount,
  }),
]);

const engineErrorSchema = z.strictObject({
  kind: z.enum(adapterErrorKinds),
  message: z.string(),
  inputTokens: tokenCount.optional(),
  contextTokens: tokenCount.optional(),
  /** Words for clients. */
  requestFault: z.string().optional(),
});

export const engineWorkSchema = z.strictObject({
  inputTokens: tokenCount,
  cachedInputTokens: tokenCount,
  outputTokens: tokenCount,
  reads: z.int().nonnegative(),
  readMs: z.number().nonnegative(),
  steps: z.int().nonnegative(),
  stepMs: z.number().nonnegative(),
});

export const fromChildSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('loaded'),
    /** About the longest run of the graph there will be, where it can be long. */
    longestRunMs: z.number().nonnegative().optional(),
    /** False where trial runs have shown that a text's numbers depend on what shares its run, and each has one of its own. */
    batched: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal('load-failed'),
    /** Words for clients: no paths. */
    problem: z.string(),
    /** For the log. */
    detail: z.string(),
  }),
  /** Everything that one run of the graph gave, for all calls it served: messages cost more than what is in them. */
  z.strictObject({
    type: z.literal('parts'),
    parts: z.array(z.strictObject({ callId, part: enginePartSchema })).min(1),
  }),
  z.strictObject({ type: z.literal('call-failed'), callId, error: engineErrorSchema }),
  /** The process is alive. */
  z.strictObject({
    type: z.literal('pulse'),
    /** Physical memory. */
    residentBytes: z.int().nonnegative(),
    /** Keys and values in it. */
    cacheBytes: z.int().nonnegative(),
    /** Done since the last pulse. */
    work: engineWorkSchema,
  }),
  /** The last message of a child that gives up. */
  z.strictObject({ type: z.literal('fatal'), detail: z.string() }),
]);

export type EngineSettings = z.infer<typeof engineSettingsSchema>;
export type ChatMessage = z.infer<typeof chatMessageSchema>;
export type ChatTool = z.infer<typeof toolSchema>;
export type EngineSampling = z.infer<typeof engineSamplingSchema>;
export type EngineRequest = z.infer<typeof engineRequestSchema>;
export type ToChild = z.infer<typeof toChildSchema>;
export type LoadRequest = Extract<ToChild, { type: 'load' }>;
/** A call that is opened, before it has its id. */
export type CallOrder =
  | Omit<Extract<ToChild, { type: 'generate' }>, 'callId'>
  | Omit<Extract<ToChild, { type: 'encode' }>, 'callId'>;
export type FromChild = z.infer<typeof fromChildSchema>;
export type EnginePart = z.infer<typeof enginePartSchema>;
export type EngineWork = z.infer<typeof engineWorkSchema>;
export type Pulse = Omit<Extract<FromChild, { type: 'pulse' }>, 'type'>;
export type EngineError = z.infer<typeof engineErrorSchema>;
