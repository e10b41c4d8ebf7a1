import { z } from 'zod';
import { capabilities, type SamplingParameter } from '../contract.ts';

const openAiOrigin = 'https://api.openai.com';

/** Every parameter the driver can write; the last two are extensions that many compatible servers take. */
const samplingParameters = [
  'temperature',
  'topP',
  'seed',
  'stop',
  'maxOutputTokens',
  'presencePenalty',
  'frequencyPenalty',
  'topK',
  'repetitionPenalty',
] as const satisfies readonly SamplingParameter[];

const positiveMs = z.int().positive();

const timeoutsSchema = z.strictObject({
  /** To open the connection, TLS included. */
  connectMs: positiveMs.default(3_000),
  /** From the start of the call to the status and headers of the reply. */
  headersMs: positiveMs.default(30_000),
  /** From the start of the call to the first text, reasoning or tool call. Models that think in silence need 120 000 and more. */
  firstTokenMs: positiveMs.default(60_000),
  /** Between two events of a stream that has begun. Models that think in silence between them need 120 000 and more. */
  idleMs: positiveMs.default(30_000),
  /** The whole call, the consumer's own pauses included. */
  totalMs: positiveMs.default(600_000),
});

/** Headers that belong to the HTTP client and would break the request. */
const forbiddenHeaders = new Set([
  'host',
  'connection',
  'content-length',
  'content-type',
  'transfer-encoding',
  'accept',
]);

const headersSchema = z.record(
  z
    .string()
    .toLowerCase()
    .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'is not a header name')
    .refine((name) => !forbiddenHeaders.has(name), 'is set by the driver itself'),
  z.string().regex(/^[\t\x20-\x7e]*$/, 'must be printable ASCII'),
);

/** OpenAI and every server that speaks its chat completions or embeddings. */
export const openAiOptionsSchema = z
  .strictObject({
    /** The model, as the server names it. */
    model: z.string().min(1),
    /** Where `/chat/completions` and `/embeddings` are, without the trailing slash. */
    baseUrl: z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL, such as http://127.0.0.1:8080/v1' })
      .refine((url) => !hasCredentials(url), 'must not hold a user name or password: use apiKey or headers')
      .transform((url) => url.replace(/\/+$/, ''))
      .default(`${openAiOrigin}/v1`),
    /** Sent as `Authorization: Bearer ...`. Local servers need none. */
    apiKey: z
      .string()
      .trim()
      .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
      .optional(),
    organization: z.string().min(1).optional(),
    project: z.string().min(1).optional(),
    /** Further headers for every request. Their values count as secrets. */
    headers: headersSchema.default({}),
    timeouts: timeoutsSchema.prefault({}),
    /**
     * What the model can do: either `embeddings` alone or any of the others.
     * @default all that chat models of OpenAI can; `['text']` with another `baseUrl`
     */
    capabilities: z.array(z.enum(capabilities)).min(1).optional(),
    /** Prompt and answer together. */
    contextTokens: z.int().positive().optional(),
    /** @default all but `topK` and `repetitionPenalty`, which OpenAI does not take and many others do */
    samplingParameters: z.array(z.enum(samplingParameters)).optional(),
    /**
     * The field that carries the limit of an answer.
     * @default `max_completion_tokens` with OpenAI, the older and more widely known `max_tokens` with another `baseUrl`
     */
    maxOutputTokensField: z.enum(['max_completion_tokens', 'max_tokens']).optional(),
    /** Length of an embedding, for models that can shorten it; a result of another length is refused. */
    dimensions: z.int().positive().optional(),
  })
  .refine(({ capabilities: given }) => given === undefined || isChatOrEmbedding(given), {
    path: ['capabilities'],
    error:
      "must be ['embeddings'] alone, or leave embeddings out and have 'text': a deployment does one or the other",
  })
  .refine(({ apiKey, headers }) => apiKey === undefined || headers['authorization'] === undefined, {
    path: ['headers', 'authorization'],
    error: 'conflicts with apiKey: give one of them',
  })
  .transform(withDefaults);

export type OpenAiOptions = z.output<typeof openAiOptionsSchema>;
export type Timeouts = OpenAiOptions['timeouts'];

interface Choices {
  readonly baseUrl: string;
  readonly capabilities?: readonly (typeof capabilities)[number][] | undefined;
  readonly samplingParameters?: readonly (typeof samplingParameters)[number][] | undefined;
  readonly maxOutputTokensField?: 'max_completion_tokens' | 'max_tokens' | undefined;
}

/** Fills in what depends on who answers. */
function withDefaults<Given extends Choices>(given: Given) {
  const isOpenAi = new URL(given.baseUrl).origin === openAiOrigin;
  return {
    ...given,
    isOpenAi,
    capabilities:
      given.capabilities ??
      (isOpenAi ? (['text', 'images', 'tools', 'json', 'json-schema'] as const) : (['text'] as const)),
    samplingParameters:
      given.samplingParameters ??
      samplingParameters.filter((name) => name !== 'topK' && name !== 'repetitionPenalty'),
    maxOutputTokensField: given.maxOutputTokensField ?? (isOpenAi ? 'max_completion_tokens' : 'max_tokens'),
  } as const;
}

function isChatOrEmbedding(given: readonly (typeof capabilities)[number][]): boolean {
  return given.includes('embeddings') ? given.every((name) => name === 'embeddings') : given.includes('text');
}

function hasCredentials(url: string): boolean {
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}
