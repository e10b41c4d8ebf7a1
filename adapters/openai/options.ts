import { z } from 'zod';
import { capabilities, samplingParameters, type SamplingParameter } from '../contract.ts';

const openAiOrigin = 'https://api.openai.com';

const positiveMs = z.int().positive();

const timeoutsSchema = z
  .strictObject({
    connectMs: positiveMs
      .default(3_000)
      .describe('To open the connection, TLS included, in milliseconds. Default: 3000.'),
    headersMs: positiveMs
      .default(30_000)
      .describe(
        'From the start of the call to the status and headers of the reply, in milliseconds. Default: 30000.',
      ),
    firstTokenMs: positiveMs
      .default(60_000)
      .describe(
        'From the start of the call to the first text, reasoning or tool call, in milliseconds. Models that think in silence need 120000 and more. Default: 60000.',
      ),
    idleMs: positiveMs
      .default(30_000)
      .describe(
        'Between two events of a stream that has begun, in milliseconds. Models that think in silence between them need 120000 and more. Default: 30000.',
      ),
    wholeMs: positiveMs
      .default(120_000)
      .describe(
        'From the start of the call to a reply that is fetched in one piece, which is how answers that nobody streams and embeddings are asked for, in milliseconds. Takes the place of headersMs, firstTokenMs and idleMs. Default: 120000.',
      ),
    totalMs: positiveMs
      .default(600_000)
      .describe("The whole call, the consumer's own pauses included, in milliseconds. Default: 600000."),
  })
  .describe('Deadlines of a call; the first that passes ends it.');

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

export const openAiOptionsSchema = z
  .strictObject({
    model: z.string().min(1).describe('The model, as the server names it.'),
    baseUrl: z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL, such as http://127.0.0.1:8080/v1' })
      .refine((url) => !hasCredentials(url), 'must not hold a user name or password: use apiKey or headers')
      .transform((url) => url.replace(/\/+$/, ''))
      .default(`${openAiOrigin}/v1`)
      .describe(
        `Where /chat/completions and /embeddings are, without the trailing slash. Default: ${openAiOrigin}/v1.`,
      ),
    apiKey: z
      .string()
      .trim()
      .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
      .optional()
      .describe('Sent as "Authorization: Bearer ...". Local servers need none. Default: none.'),
    organization: z
      .string()
      .min(1)
      .optional()
      .describe('Sent as "OpenAI-Organization": whose usage a call is. Default: none.'),
    project: z
      .string()
      .min(1)
      .optional()
      .describe('Sent as "OpenAI-Project": whose usage a call is. Default: none.'),
    headers: headersSchema
      .default({})
      .describe('Further headers for every request. Their values count as secrets. Default: none.'),
    http2: z
      .boolean()
      .default(false)
      .describe(
        'Speak HTTP/2 with a server that offers it: less work per token, but all calls share a connection, and its end is the end of all of them. Default: false.',
      ),
    timeouts: timeoutsSchema.prefault({}),
    capabilities: z
      .array(z.enum(capabilities))
      .min(1)
      .optional()
      .describe(
        "What the model can do: either embeddings alone or any of the others. Default: all that chat models of OpenAI can; ['text'] with another baseUrl.",
      ),
    contextTokens: z
      .int()
      .positive()
      .optional()
      .describe('Most tokens of prompt and answer together. Default: not known, and not checked.'),
    samplingParameters: z
      .array(z.enum(samplingParameters))
      .optional()
      .describe(
        'Parameters the model obeys. Default: all but topK, minP and repetitionPenalty, which OpenAI does not take and many others do.',
      ),
    maxOutputTokensField: z
      .enum(['max_completion_tokens', 'max_tokens'])
      .optional()
      .describe(
        'The field that carries the limit of an answer. Default: max_completion_tokens with OpenAI, the older and more widely known max_tokens with another baseUrl.',
      ),
    dimensions: z
      .int()
      .positive()
      .optional()
      .describe(
        'Length of an embedding, for models that can shorten it; a result of another length is refused. Default: that of the model.',
      ),
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
  .transform(withDefaults)
  .describe('OpenAI and every server that speaks its chat completions or embeddings.');

export type OpenAiOptions = z.output<typeof openAiOptionsSchema>;
export type Timeouts = OpenAiOptions['timeouts'];

interface Choices {
  readonly baseUrl: string;
  readonly capabilities?: readonly (typeof capabilities)[number][] | undefined;
  readonly samplingParameters?: readonly SamplingParameter[] | undefined;
  readonly maxOutputTokensField?: 'max_completion_tokens' | 'max_tokens' | undefined;
}

/** Parameters that OpenAI does not take. */
const beyondOpenAi: ReadonlySet<SamplingParameter> = new Set(['topK', 'minP', 'repetitionPenalty']);

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
      given.samplingParameters ?? samplingParameters.filter((name) => !beyondOpenAi.has(name)),
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
