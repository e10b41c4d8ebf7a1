import { z } from 'zod';
import { capabilities } from '../contract.ts';
import { modelSourcesSchema } from './acquire/sources.ts';

/** How a model of this machine may be called: its name is that of a folder. */
export const modelName = {
  pattern: /^[a-z0-9][a-z0-9._-]{0,99}$/,
  rule: 'up to 100 lower-case letters, digits, ".", "_" and "-", a letter or digit first',
};

const restartSchema = z
  .strictObject({
    initialDelayMs: z
      .int()
      .positive()
      .default(250)
      .describe(
        "Wait after the first crash of the model's process, in milliseconds; doubled after each further one within a minute. Default: 250.",
      ),
    maxDelayMs: z
      .int()
      .positive()
      .default(60_000)
      .describe(
        'Longest wait, in milliseconds. It is also the wait after five crashes within a minute, and after a failure that trying again at once cannot mend: no source gives the model, its folder is not whole, loading takes too long. Default: 60000.',
      ),
  })
  .describe('When the model is brought up again after it failed.');

export const onnxOptionsSchema = z
  .strictObject({
    model: z
      .string()
      .regex(modelName.pattern, `must be ${modelName.rule}`)
      .describe('Name of the model and of its folder below the models directory.'),
    capabilities: z
      .array(z.enum(capabilities))
      .min(1)
      .optional()
      .describe(
        "What the model is for, until it is loaded for the first time and says so itself. Default: ['text'], with all that models that write can do.",
      ),
    path: z
      .string()
      .min(1)
      .optional()
      .describe('A model folder to use as it is; nothing is fetched then. Default: none.'),
    sources: modelSourcesSchema
      .optional()
      .describe(
        'Where the model comes from when its folder is not there yet, tried in order. Default: the places known for its name.',
      ),
    hubEndpoint: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Base URL of the model hub or of a mirror. Default: that of HF_ENDPOINT.'),
    hubToken: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Access token of the hub, for private models. Default: that of HF_TOKEN, for its own hub only.',
      ),
    systemMessage: z
      .string()
      .optional()
      .describe(
        'Goes before the messages of a call that has no system message. Default: what is known to serve a model of this name well (for smollm2-135m the empty text), else nothing, and the chat template may add its own.',
      ),
    start: z
      .enum(['at-start', 'on-demand'])
      .default('at-start')
      .describe(
        'When the model is brought up: with the gateway, or by its first call, which waits for it. Default: at-start.',
      ),
    idleUnloadMs: z
      .int()
      .positive()
      .optional()
      .describe(
        'Time without a call after which the model is taken out of memory, in milliseconds; the next call brings it up again and waits for it. Default: none, and it stays until another model needs its memory.',
      ),
    processes: z
      .union([z.literal('auto'), z.int().min(1).max(64)])
      .default(1)
      .describe(
        'Processes that the model runs in, each with all its weights in memory; a call goes to the one with the fewest calls. auto: one for every 4 cores of the machine, as many as the memory for local models holds. Default: 1.',
      ),
    threads: z
      .int()
      .min(1)
      .max(512)
      .optional()
      .describe(
        'CPU threads of one process, fewer where the machine has not that many cores left. Default: the cores of the machine shared evenly among the processes of all local models of the catalogue, at least 1 and at most 8 each.',
      ),
    slots: z
      .int()
      .min(1)
      .max(64)
      .default(8)
      .describe(
        'Answers the model works on at once: a run of the graph serves all of them. Each holds keys and values for its prompt and its answer, at most maxContextTokens. Default: 8.',
      ),
    prefixCacheBytes: z
      .int()
      .nonnegative()
      .default(256 * 2 ** 20)
      .describe(
        'Memory for keys and values of earlier prompts, in bytes: a prompt that begins like an earlier one of its caller, or with the systemMessage, is not computed again. 0 keeps none. Default: 268435456 (256 MiB).',
      ),
    batchWindowMs: z
      .number()
      .min(0)
      .max(1000)
      .default(2)
      .describe(
        'How long an idle encoder waits for texts of other callers before its first run, in milliseconds. Default: 2.',
      ),
    maxResidentBytes: z
      .int()
      .positive()
      .optional()
      .describe(
        'Physical memory above which the process of the model is ended and replaced, in bytes. Default: 1.5 times what was reserved for it.',
      ),
    stallTimeoutMs: z
      .int()
      .min(500)
      .default(1000)
      .describe(
        'Time without a sign of life after which a process that has calls is ended and replaced, in milliseconds; 8 times the longest silence that ended well where that is more, and 5 times as much for a process that gets no processor time. Default: 1000.',
      ),
    maxQueue: z
      .int()
      .nonnegative()
      .default(32)
      .describe('Calls that may wait for the model; one more fails with queue-full. Default: 32.'),
    maxOutputTokens: z
      .int()
      .positive()
      .optional()
      .describe(
        'Most tokens of an answer whose request does not say. Default: as many as the context leaves.',
      ),
    maxContextTokens: z
      .int()
      .min(2)
      .default(4096)
      .describe(
        'Most tokens of prompt and answer together, where the model itself could hold more. Bounds the memory of a call. Default: 4096.',
      ),
    loadTimeoutMs: z
      .int()
      .positive()
      .default(120_000)
      .describe(
        'Longest time from the start of the process until the model answers, in milliseconds. Default: 120000.',
      ),
    restart: restartSchema.prefault({}),
  })
  .describe('A model that runs in a process of its own on this machine: one that chats, or an encoder.');

export type OnnxOptions = z.output<typeof onnxOptionsSchema>;
