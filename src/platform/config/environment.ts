import { z } from 'zod';
import { ConfigurationError } from '../configuration-error.ts';
import { didYouMean } from '../nearest-names.ts';
import { redactText } from '../redaction.ts';
import { variables, variableTable, type VariableName } from './variables.ts';

/** Settings of one run. Meanings and defaults: the table in `variables.ts`. */
export interface Environment {
  readonly port: number;
  readonly host: string;
  readonly dataDirectory: string;
  readonly catalogFile: string | undefined;
  readonly log: {
    readonly level: z.infer<(typeof variables)['SWITCHYARD_LOG_LEVEL']>;
    readonly format: 'pretty' | 'json' | undefined;
  };
  readonly drainMs: number;
  readonly writeIdleMs: number;
  readonly resume: { readonly windowMs: number; readonly maxTenantBytes: number };
  readonly maxBodyBytes: number;
  readonly cache: { readonly maxBytes: number; readonly maxEntries: number };
  /** Empty where no other origin may call; `*` for all. */
  readonly corsOrigins: readonly string[];
  readonly graphiql: boolean;
  /** For all local models together; `undefined` is a share of the machine's. */
  readonly localMemoryBytes: number | undefined;
  readonly huggingFace: { readonly endpoint: string; readonly token: string | undefined };
  readonly openai: { readonly apiKey: string | undefined; readonly baseUrl: string | undefined };
  readonly telemetry: {
    readonly otlpEndpoint: string | undefined;
    readonly serviceName: string;
    readonly captureContent: 'none' | 'full';
  };
}

export type RawEnvironment = Readonly<Record<string, string | undefined>>;

/** The process's variables: the one place that reads them. */
export function processEnvironment(): RawEnvironment {
  // oxlint-disable-next-line node/no-process-env -- everything else gets its settings passed in
  return process.env;
}

/**
 * Reads and checks every variable of the table. An empty value counts as not set. `flags` are values from the command line,
 * by the variable they set, and go before the environment.
 * @throws ConfigurationError naming each wrong variable and what it may be.
 */
export function readEnvironment(
  env: RawEnvironment,
  flags: Partial<Record<VariableName, string>> = {},
): Environment {
  const values = Object.fromEntries(
    variableTable().map(({ name }) => [name, flags[name] ?? (env[name] === '' ? undefined : env[name])]),
  );
  const parsed = z.object(variables).safeParse(values);
  const problems = [...wrongValues(parsed.error, values, flags), ...unknownNames(env)];
  if (!parsed.success || problems.length > 0) throw new ConfigurationError(problems.join('\n'));
  return environment(parsed.data);
}

function wrongValues(
  error: z.ZodError | undefined,
  values: RawEnvironment,
  flags: RawEnvironment,
): readonly string[] {
  const table = variableTable();
  return (error?.issues ?? []).map((issue) => {
    const variable = table.find(({ name }) => name === issue.path[0]);
    const name = variable?.name ?? '';
    const source = flags[name] === undefined ? name : `--${variable?.flag?.name}`;
    const value = variable?.secret === true ? '' : `=${JSON.stringify(redactText(values[name] ?? ''))}`;
    return `${source}${value} ${issue.message}.`;
  });
}

/** A misspelt variable would be silently without effect. Only names with our prefix can be judged. */
function unknownNames(env: RawEnvironment): readonly string[] {
  const known = Object.keys(variables);
  return Object.keys(env)
    .filter((name) => name.startsWith('SWITCHYARD_') && !Object.hasOwn(variables, name))
    .map((name) => `${name} is not a variable of Switchyard${didYouMean(name, known)}.`);
}

function environment(values: z.infer<z.ZodObject<typeof variables>>): Environment {
  return {
    port: values.PORT,
    host: values.HOST,
    dataDirectory: values.SWITCHYARD_DATA,
    catalogFile: values.SWITCHYARD_CONFIG,
    log: { level: values.SWITCHYARD_LOG_LEVEL, format: values.SWITCHYARD_LOG_FORMAT },
    drainMs: values.SWITCHYARD_DRAIN_SECONDS * 1000,
    writeIdleMs: values.SWITCHYARD_WRITE_IDLE_SECONDS * 1000,
    resume: {
      windowMs: values.SWITCHYARD_RESUME_SECONDS * 1000,
      maxTenantBytes: values.SWITCHYARD_RESUME_MAX_BYTES,
    },
    maxBodyBytes: values.SWITCHYARD_MAX_BODY_BYTES,
    cache: {
      maxBytes: values.SWITCHYARD_CACHE_MAX_BYTES,
      maxEntries: values.SWITCHYARD_CACHE_MAX_ENTRIES,
    },
    corsOrigins: values.SWITCHYARD_CORS_ORIGINS ?? [],
    graphiql: values.SWITCHYARD_GRAPHIQL === 'on',
    localMemoryBytes: values.SWITCHYARD_LOCAL_MEMORY_BYTES,
    huggingFace: { endpoint: values.HF_ENDPOINT, token: values.HF_TOKEN },
    openai: { apiKey: values.OPENAI_API_KEY, baseUrl: values.OPENAI_BASE_URL },
    telemetry: {
      otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
      serviceName: values.OTEL_SERVICE_NAME,
      captureContent: values.SWITCHYARD_CAPTURE_CONTENT,
    },
  };
}
