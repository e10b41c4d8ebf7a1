import type { z } from 'zod';
import { declare } from './catalog-declaration.ts';
import { catalogSchema } from './catalog-schema.ts';
import type { CatalogDeclaration } from './catalog.ts';
import { completeOptions, type DriverFacts } from './complete-options.ts';

/** How OpenAI, or a server that speaks its API, is reached. */
export interface OpenAiAccount {
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
}

export interface BuiltinCatalogOptions extends DriverFacts {
  readonly openai: OpenAiAccount;
}

type DeclaredDeployment = z.input<ReturnType<typeof catalogSchema>>['deployments'][number];

/** What is served without a catalogue file: a small local model, and OpenAI's where there is an account or a base URL. */
export function builtinCatalog(options: BuiltinCatalogOptions): CatalogDeclaration {
  const { apiKey, baseUrl } = options.openai;
  const deployments =
    apiKey === undefined && baseUrl === undefined
      ? [localDeployment]
      : [localDeployment, ...openaiDeployments(options.openai)];
  return declare(catalogSchema(options.drivers).parse(completeOptions({ deployments }, options)));
}

/**
 * Context: what the driver allows unless told otherwise; the model could hold 8192. Latency: a start, of the order two cores
 * reach. Quality: far below the remote models, so that the policy `best` prefers any of them.
 */
const localDeployment: DeclaredDeployment = {
  name: 'smollm2-135m',
  kind: 'onnx',
  options: { model: 'smollm2-135m' },
  local: true,
  quality: 0.3,
  latency: { firstTokenMs: 500, outputTokensPerSecond: 50 },
  contextTokens: 4096,
};

function openaiDeployments({ apiKey, baseUrl }: OpenAiAccount): readonly DeclaredDeployment[] {
  const account = {
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  };
  const chat = openaiChatModels.map(({ model, usd, quality, latency }): DeclaredDeployment => ({
    name: model,
    kind: 'openai',
    options: { model, ...chatOptions, ...account },
    prices: {
      inputUsdPerMillionTokens: usd.input,
      cachedInputUsdPerMillionTokens: usd.cachedInput,
      outputUsdPerMillionTokens: usd.output,
    },
    quality,
    latency,
    capabilities: ['text', 'images', 'json', 'json-schema'],
    contextTokens: 272_000,
    samplingParameters: ['maxOutputTokens'],
  }));
  return [...chat, { ...embeddingDeployment, options: { model: embeddingDeployment.name, ...account } }];
}

/** The models think before they answer, silently: the usual deadline for a first token would cut them off. */
const chatOptions = {
  maxOutputTokensField: 'max_completion_tokens',
  timeouts: { firstTokenMs: 120_000, idleMs: 120_000 },
};

/**
 * The current models of each tier, without older ones whose end is announced. Names, prices and limits are those of
 * https://developers.openai.com/api/docs/models (`/gpt-6-luna`, `/gpt-6.1-terra`, `/gpt-6.2-sol`), November 2026. From there follows
 *
 * - no `tools`: through Chat Completions Luna takes them only with reasoning switched off, the others not at all;
 * - no sampling but the length: "When reasoning effort is not none, remove temperature, top_p, and top_logprobs"
 *   (https://developers.openai.com/api/docs/guides/latest-model), and `stop` and penalties are refused like them;
 * - 272,000 tokens of context, not 1,050,000: a longer prompt doubles the price of the whole request, and a declared price must
 *   hold for every request.
 *
 * Quality keeps the order of the tiers; the distances are a judgement. Latency is round: about 2 s and 135 tokens a second is
 * what https://vercel.com/ai-gateway/models/gpt-6-luna sees in its traffic. Measurements take its place after the first requests.
 */
const openaiChatModels = [
  {
    model: 'gpt-6-luna',
    usd: { input: '0.10', cachedInput: '0.01', output: '0.50' },
    quality: 0.75,
    latency: { firstTokenMs: 2000, outputTokensPerSecond: 135 },
  },
  {
    model: 'gpt-6.1-terra',
    usd: { input: '1.00', cachedInput: '0.05', output: '5.00' },
    quality: 0.83,
    latency: { firstTokenMs: 2500, outputTokensPerSecond: 120 },
  },
  {
    model: 'gpt-6.2-sol',
    usd: { input: '2.00', cachedInput: '0.10', output: '10.00' },
    quality: 0.86,
    latency: { firstTokenMs: 4000, outputTokensPerSecond: 110 },
  },
];

/** Price and longest input as in https://models.dev, July 2026. An embedding has no output tokens. */
const embeddingDeployment = {
  name: 'text-embedding-3-small',
  kind: 'openai',
  prices: { inputUsdPerMillionTokens: '0.02', outputUsdPerMillionTokens: '0' },
  quality: 0.6,
  latency: { firstTokenMs: 300, outputTokensPerSecond: 1000 },
  capabilities: ['embeddings'],
  contextTokens: 8191,
  samplingParameters: [],
} satisfies Omit<DeclaredDeployment, 'options'>;
