import { z } from 'zod';

/** What people are told about a variable; its default stands in the schema. */
interface VariableFacts {
  /** One sentence, for `--help` and the documentation. */
  readonly purpose: string;
  /** What holds where the variable is not set and has no fixed default. */
  readonly otherwise?: string;
  /** The flag of `switchyard start` that sets the same thing, and how help calls its value. */
  readonly flag?: { readonly name: string; readonly value: string };
  /** Whether the value is kept out of messages. */
  readonly secret?: boolean;
}

const facts = z.registry<VariableFacts>();

/** Every environment variable the gateway reads: the one table behind reading, `--help` and `docs/configuration.md`. */
export const variables = {
  PORT: wholeNumber(0, 65_535)
    .prefault('4000')
    .register(facts, {
      purpose: 'Port to listen on; 0 takes any free one.',
      flag: { name: 'port', value: 'port' },
    }),
  HOST: text(/^[^\s/]+$/, 'must be a host name or an address, such as 127.0.0.1, 0.0.0.0 or ::')
    .prefault('127.0.0.1')
    .register(facts, {
      purpose: 'Address to listen on; 0.0.0.0 lets other machines in.',
      flag: { name: 'host', value: 'address' },
    }),
  SWITCHYARD_DATA: text()
    .prefault('./data')
    .register(facts, {
      purpose: 'Folder for models and state; one gateway a folder.',
      flag: { name: 'data', value: 'folder' },
    }),
  SWITCHYARD_CONFIG: text()
    .optional()
    .register(facts, {
      purpose: 'Catalogue of models, aliases and policies.',
      otherwise: 'switchyard.yaml if there is one, else the built-in catalogue',
      flag: { name: 'config', value: 'file' },
    }),
  SWITCHYARD_LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .prefault('info')
    .register(facts, {
      purpose: 'Least severe level that is logged.',
      flag: { name: 'log-level', value: 'level' },
    }),
  SWITCHYARD_LOG_FORMAT: oneOf(['pretty', 'json'])
    .optional()
    .register(facts, {
      purpose: 'Log lines for people (pretty) or for machines (json).',
      otherwise: 'pretty on a terminal, else json',
      flag: { name: 'log-format', value: 'format' },
    }),
  SWITCHYARD_DRAIN_SECONDS: wholeNumber(0, 3600)
    .prefault('30')
    .register(facts, { purpose: 'Time that answers under way get to finish on SIGTERM, in seconds.' }),
  SWITCHYARD_RESUME_SECONDS: wholeNumber(1, 3600).prefault('60').register(facts, {
    purpose: 'Time that a resumable stream waits for its client to come back, in seconds.',
  }),
  SWITCHYARD_RESUME_MAX_BYTES: wholeNumber(65_536, 1_099_511_627_776)
    .prefault('16777216')
    .register(facts, { purpose: 'Memory for the resumable streams of one tenant, in bytes.' }),
  SWITCHYARD_WRITE_IDLE_SECONDS: wholeNumber(1, 3600).prefault('30').register(facts, {
    purpose: 'Time after which a client that takes nothing of its answer is cut off, in seconds.',
  }),
  SWITCHYARD_MAX_BODY_BYTES: wholeNumber(1024, 1_073_741_824)
    .prefault('1048576')
    .register(facts, { purpose: 'Largest request body, in bytes.' }),
  SWITCHYARD_CACHE_MAX_BYTES: wholeNumber(0, 1_099_511_627_776)
    .prefault('67108864')
    .register(facts, { purpose: 'Memory for cached answers, in bytes; 0 keeps none.' }),
  SWITCHYARD_CACHE_MAX_ENTRIES: wholeNumber(0, 100_000_000)
    .prefault('10000')
    .register(facts, { purpose: 'Most cached answers; 0 keeps none.' }),
  SWITCHYARD_CORS_ORIGINS: origins().optional().register(facts, {
    purpose: 'Origins whose pages may call the gateway, separated by commas; * for all.',
    otherwise: 'none',
  }),
  SWITCHYARD_GRAPHIQL: oneOf(['on', 'off'])
    .prefault('on')
    .register(facts, { purpose: 'GraphiQL at /graphql in a browser.' }),
  SWITCHYARD_LOCAL_MEMORY_BYTES: wholeNumber(1_000_000, 1_099_511_627_776).optional().register(facts, {
    purpose:
      'Memory for all local models together, in bytes; a model that needs more than is free is not loaded.',
    otherwise: '60 % of the memory of the machine or its control group',
  }),
  HF_ENDPOINT: httpUrl()
    .prefault('https://huggingface.co')
    .register(facts, { purpose: 'Hugging Face hub, or a mirror of it, that local models come from.' }),
  HF_TOKEN: text()
    .optional()
    .register(facts, { purpose: 'Token for gated models of the hub.', otherwise: 'none', secret: true }),
  OPENAI_API_KEY: text().optional().register(facts, {
    purpose: 'Adds the OpenAI models to the built-in catalogue.',
    otherwise: 'none',
    secret: true,
  }),
  OPENAI_BASE_URL: httpUrl().optional().register(facts, {
    purpose: 'Server that speaks the OpenAI API, for the built-in OpenAI models; alone it needs no key.',
    otherwise: 'https://api.openai.com/v1',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl().optional().register(facts, {
    purpose:
      'Collector that gets traces and metrics by OTLP; the SDK reads the other OTEL_ variables itself, but no endpoint of one signal.',
    otherwise: 'none, and no telemetry is sent',
  }),
  OTEL_SERVICE_NAME: text()
    .prefault('switchyard')
    .register(facts, { purpose: 'Name of this service in traces and metrics.' }),
  SWITCHYARD_CAPTURE_CONTENT: oneOf(['none', 'full'])
    .prefault('none')
    .register(facts, { purpose: 'Whether prompts and answers go into traces; never into logs or metrics.' }),
};

export type VariableName = keyof typeof variables;

export interface Variable {
  readonly name: VariableName;
  readonly purpose: string;
  /** What holds where it is not set, in words. */
  readonly defaultText: string;
  readonly flag: VariableFacts['flag'];
  readonly secret: boolean;
}

/** The table for people, in its order. */
export function variableTable(): readonly Variable[] {
  return Object.entries(variables).map(([name, schema]) => {
    const { purpose, otherwise = '', flag, secret = false } = facts.get(schema) ?? { purpose: '' };
    const defaultText = schema instanceof z.ZodPrefault ? schema.def.defaultValue : otherwise;
    // `Object.entries` widens the keys of a literal to string.
    return { name: name as VariableName, purpose, defaultText, flag, secret };
  });
}

function text(pattern = /\S/, message = 'must not be blank') {
  return z.string().regex(pattern, message);
}

function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message));
}

function oneOf<const Value extends string>(values: readonly Value[]) {
  return z.enum(values, `must be one of ${values.join(', ')}`);
}

/** Without the slash at its end, so that paths can be put behind it. */
function httpUrl() {
  return z
    .string()
    .refine((value) => /^https?:\/\//.test(value) && URL.canParse(value), 'must be an http: or https: URL')
    .transform((value) => value.replace(/\/+$/, ''));
}

function origins() {
  const message = 'must be * or origins such as https://app.example.com, separated by commas';
  return z
    .string()
    .transform((value) => value.split(',').map((origin) => origin.trim()))
    .refine((list) => list.every((origin) => origin === '*' || isOrigin(origin)), message);
}

function isOrigin(value: string): boolean {
  return URL.parse(value)?.origin === value;
}
