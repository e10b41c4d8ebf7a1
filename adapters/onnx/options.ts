import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { modelSourcesSchema } from './acquire/sources.ts';

/** More threads than this gain nothing on the small models that CPUs serve. */
const maxDefaultThreads = 8;

const restartSchema = z.strictObject({
  /** Wait after the first crash of the model's process, in milliseconds; doubled after each further one within a minute. */
  initialDelayMs: z.int().positive().default(250),
  /**
   * Longest wait, in milliseconds. It is also the wait after five crashes within a minute, and after a failure that
   * trying again at once cannot mend: no source gives the model, its folder is not whole, loading takes too long.
   */
  maxDelayMs: z.int().positive().default(60_000),
});

/** A chat model that runs in a process of its own on this machine. */
export const onnxOptionsSchema = z.strictObject({
  /** Name of the model and of its folder below the models directory. */
  model: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'must be up to 100 lower-case letters, digits, ".", "_" and "-"'),
  /** A model folder to use as it is; nothing is fetched then. */
  path: z.string().min(1).optional(),
  /** Where the model comes from when its folder is not there yet, tried in order. Left out: the places known for its name. */
  sources: modelSourcesSchema.optional(),
  /** Base URL of the model hub or of a mirror. Left out: https://huggingface.co. */
  hubEndpoint: z.url({ protocol: /^https?$/ }).optional(),
  /** Access token of the hub, for private models. */
  hubToken: z.string().min(1).optional(),
  /**
   * Goes before the messages of a call that has no system message. Left out: what is known to serve a model of this name
   * well (for `smollm2-135m` the empty text), else nothing, and the chat template may add its own.
   */
  systemMessage: z.string().optional(),
  /** CPU threads of one run of the graph. Default: the cores of the machine, at most 8. */
  threads: z
    .int()
    .min(1)
    .max(512)
    .default(() => Math.min(availableParallelism(), maxDefaultThreads)),
  /** Calls that may wait for the model; one more fails with `queue-full`. */
  maxQueue: z.int().nonnegative().default(32),
  /** Most tokens of an answer whose request does not say. */
  maxOutputTokens: z.int().positive().default(512),
  /** Most tokens of prompt and answer together, where the model itself could hold more. Bounds the memory of a call. */
  maxContextTokens: z.int().min(2).default(4096),
  /** Longest time from the start of the process until the model answers, in milliseconds. */
  loadTimeoutMs: z.int().positive().default(120_000),
  /** When the model is brought up again after it failed. */
  restart: restartSchema.prefault({}),
});

export type OnnxOptions = z.output<typeof onnxOptionsSchema>;
