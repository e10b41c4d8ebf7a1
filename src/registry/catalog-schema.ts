import { z } from 'zod';
import { capabilities, samplingParameters } from '../../adapters/contract.ts';
import { breakerSettingsSchema } from '../domain/breaker-settings.ts';
import { limiterSettingsSchema } from '../domain/limiter-settings.ts';
import { parseUsd, type NanoUsd } from '../domain/money.ts';
import { defaultTactics } from '../domain/tactics.ts';
import { builtinDefaultPolicy } from './builtin-policies.ts';
import type { Path } from './problem.ts';

/** By adapter kind: what its `options` may be. */
export type DriverOptionsSchemas = Readonly<Record<string, z.ZodType>>;

const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][\w.:/-]{0,127}$/,
    'must be 1 to 128 letters, digits or any of . _ : / - and begin with a letter or digit',
  );

/** Numbers are allowed beside strings because YAML reads `0.25` as one. */
const usd = z.union([z.string(), z.number()]).transform((amount, context): NanoUsd => {
  const nanoUsd = typeof amount === 'string' ? parseUsd(amount) : numberToNanoUsd(amount);
  if (nanoUsd !== undefined) return nanoUsd;
  context.addIssue({
    code: 'custom',
    message: 'must be an amount in dollars such as "0.25", with at most nine decimals',
  });
  return z.NEVER;
});

/** By way of nine decimals, so that `0.000000001`, a number of the form 1e-9, is read like its text. */
function numberToNanoUsd(amount: number): NanoUsd | undefined {
  const text = amount.toFixed(9);
  return Number(text) === amount ? parseUsd(text) : undefined;
}

const prices = z
  .strictObject({
    inputUsdPerMillionTokens: usd.describe('Price of a million input tokens, in US dollars.'),
    outputUsdPerMillionTokens: usd.describe('Price of a million output tokens, in US dollars.'),
    cachedInputUsdPerMillionTokens: usd
      .exactOptional()
      .describe('Price of a million input tokens that the provider had cached. Default: the input price.'),
  })
  .describe('Prices. May be left out for a local deployment, which then costs nothing.');

const latency = z
  .strictObject({
    firstTokenMs: z.number().positive().describe('Time until the first token, in milliseconds.'),
    outputTokensPerSecond: z.number().positive().describe('Speed of the answer after that.'),
  })
  .describe('What to expect until requests have been measured. Default: 1000 ms and 50 tokens a second.');

const capability = z.enum(capabilities);

/** What a deployment of any kind has. */
const deploymentShape = {
  name: name.describe('Unique name of the deployment.'),
  model: name.exactOptional().describe('Name that clients ask for. Default: the name of the deployment.'),
  local: z.boolean().default(false).describe('Whether prompts stay on this machine.'),
  prices: prices.exactOptional(),
  quality: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Declared quality of the answers, 0 to 1, comparable only within this file.'),
  latency: latency.default({ firstTokenMs: 1000, outputTokensPerSecond: 50 }),
  tags: z.array(z.string().min(1)).default([]).describe('Free labels.'),
  capabilities: z
    .array(capability)
    .min(1)
    .default(['text'])
    .describe('What the model can do, until its adapter knows better.'),
  contextTokens: z
    .int()
    .positive()
    .exactOptional()
    .describe('Most tokens of prompt and answer together. Default: not known, and not checked.'),
  samplingParameters: z
    .array(z.enum(samplingParameters))
    .default(samplingParameters)
    .describe('Parameters the model obeys; requests that set others are not sent to it. Default: all.'),
  breaker: breakerSettingsSchema.prefault({}).describe('When calls are kept away from it.'),
  admission: limiterSettingsSchema.prefault({}).describe('How many calls it gets at once, and who waits.'),
  version: z
    .string()
    .min(1)
    .exactOptional()
    .describe('Cached answers are not mixed between versions. Default: from kind and options.'),
};

const deadlineMs = z.int().positive().max(600_000);

const policy = z.strictObject({
  weights: z
    .strictObject({
      cost: z.number().nonnegative().default(0).describe('Weight of a low price. Default: 0.'),
      latency: z.number().nonnegative().default(0).describe('Weight of a fast answer. Default: 0.'),
      quality: z.number().nonnegative().default(0).describe('Weight of the declared quality. Default: 0.'),
    })
    .describe('Relative importance; at least one above 0.'),
  constraints: z
    .strictObject({
      maxCostUsd: usd.exactOptional().describe('Most that a request may cost, in US dollars.'),
      maxFirstTokenMs: z.int().positive().exactOptional().describe('Latest first token, in milliseconds.'),
      maxLatencyMs: z.int().positive().exactOptional().describe('Latest end of the answer, in milliseconds.'),
      localOnly: z.boolean().exactOptional().describe('Only deployments that keep prompts on this machine.'),
      capabilities: z.array(capability).exactOptional().describe('What the model must be able to do.'),
    })
    .default({})
    .describe('Hard limits, which a request may tighten and never loosen.'),
  deadlines: z
    .strictObject({
      connectMs: deadlineMs.exactOptional().describe('To open a connection, in milliseconds.'),
      firstTokenMs: deadlineMs
        .exactOptional()
        .describe('From the start of an attempt to the first part of a streamed answer, in milliseconds.'),
      idleMs: deadlineMs.exactOptional().describe('Between two parts of an answer, in milliseconds.'),
    })
    .default({})
    .describe(
      'Deadlines of each attempt, beside those of the deployment; a request may shorten them. Default: none.',
    ),
  attempts: z
    .strictObject({
      max: z
        .int()
        .min(1)
        .max(20)
        .default(defaultTactics.maxAttempts)
        .describe(
          'Most calls to models for one request: first tries, retries, fallbacks and hedges. Default: 4.',
        ),
      retries: z
        .int()
        .min(0)
        .max(5)
        .default(defaultTactics.retries)
        .describe(
          'Most further calls to a deployment that has failed a request, once no other is left to try. Default: 1.',
        ),
    })
    .prefault({})
    .describe('How often models are asked.'),
  hedge: z
    .strictObject({
      afterMs: deadlineMs
        .exactOptional()
        .describe('Silence after which the next deployment is asked too, in milliseconds.'),
      afterP95: z
        .literal(true)
        .exactOptional()
        .describe('Or after the 95th percentile of the times to the first token of the first deployment.'),
      maxShare: z
        .number()
        .gt(0)
        .max(1)
        .default(0.02)
        .describe('Most hedges among all calls for a model, above 0 to 1. Default: 0.02.'),
    })
    .refine(({ afterMs, afterP95 }) => (afterMs === undefined) !== (afterP95 === undefined), {
      error: 'needs either afterMs or afterP95, and not both',
    })
    .exactOptional()
    .describe(
      'Asks a second deployment beside one that stays silent; the first to answer wins, both are paid. Default: off.',
    ),
});

/** The form of `switchyard.yaml`. */
export function catalogSchema(drivers: DriverOptionsSchemas) {
  return z.strictObject({
    deployments: z.array(deployment(drivers)).min(1).describe('Models at their endpoints.'),
    aliases: z.record(name, name).default({}).describe('Further names, each for a model or another alias.'),
    policies: z
      .record(name, policy)
      .default({})
      .describe('Ways to choose. One called as a built-in policy takes its place.'),
    defaults: z
      .strictObject({
        policy: name.default(builtinDefaultPolicy).describe('Policy of requests that name none.'),
      })
      .prefault({})
      .describe('What holds where a request says nothing.'),
  });
}

export type CatalogFile = z.output<ReturnType<typeof catalogSchema>>;

/** The JSON Schema of the file, for editors; in the repository as `switchyard.schema.json`. */
export function catalogJsonSchema(drivers: DriverOptionsSchemas): object {
  return z.toJSONSchema(catalogSchema(drivers), { io: 'input', override: withoutDriverDefaults });
}

/** Defaults of driver options may depend on the machine, and the file must be the same everywhere. */
function withoutDriverDefaults({
  jsonSchema,
  path,
}: {
  jsonSchema: z.core.JSONSchema.JSONSchema;
  path: Path;
}): void {
  if (path.includes('options')) delete jsonSchema.default;
}

function deployment(drivers: DriverOptionsSchemas) {
  const [first, ...others] = Object.entries(drivers).map(([kind, options]) =>
    z.strictObject({
      ...deploymentShape,
      kind: z.literal(kind).describe('How the model is reached.'),
      // A driver that needs no options can do without the key.
      options: options.safeParse({}).success ? options.prefault({}) : options,
    }),
  );
  if (first === undefined) throw new Error('A catalogue needs at least one driver.');
  return z.discriminatedUnion('kind', [first, ...others]);
}
