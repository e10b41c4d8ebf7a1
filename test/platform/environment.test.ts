import { expect, test } from 'vitest';
import { readEnvironment } from '../../src/platform/config/environment.ts';
import { ConfigurationError } from '../../src/platform/configuration-error.ts';

function problemOf(env: Record<string, string>, flags: Record<string, string> = {}): string {
  try {
    readEnvironment(env, flags);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).message;
  }
  return 'no problem';
}

test('an empty environment gives the defaults', () => {
  expect(readEnvironment({})).toEqual({
    port: 4000,
    host: '127.0.0.1',
    dataDirectory: './data',
    catalogFile: undefined,
    log: { level: 'info', format: undefined },
    drainMs: 30_000,
    writeIdleMs: 30_000,
    resume: { windowMs: 60_000, maxTenantBytes: 16_777_216 },
    maxBodyBytes: 1_048_576,
    cache: { maxBytes: 67_108_864, maxEntries: 10_000 },
    corsOrigins: [],
    graphiql: true,
    huggingFace: { endpoint: 'https://huggingface.co', token: undefined },
    openai: { apiKey: undefined, baseUrl: undefined },
    telemetry: { otlpEndpoint: undefined, serviceName: 'switchyard', captureContent: 'none' },
  });
});

test('every variable arrives at its setting', () => {
  const environment = readEnvironment({
    PORT: '0',
    HOST: '::',
    SWITCHYARD_DATA: '/var/lib/switchyard',
    SWITCHYARD_CONFIG: 'models.yaml',
    SWITCHYARD_LOG_LEVEL: 'debug',
    SWITCHYARD_LOG_FORMAT: 'json',
    SWITCHYARD_DRAIN_SECONDS: '5',
    SWITCHYARD_RESUME_SECONDS: '10',
    SWITCHYARD_RESUME_MAX_BYTES: '65536',
    SWITCHYARD_WRITE_IDLE_SECONDS: '7',
    SWITCHYARD_MAX_BODY_BYTES: '2048',
    SWITCHYARD_CACHE_MAX_BYTES: '0',
    SWITCHYARD_CACHE_MAX_ENTRIES: '7',
    SWITCHYARD_CORS_ORIGINS: 'https://app.example.com, http://localhost:5173',
    SWITCHYARD_GRAPHIQL: 'off',
    HF_ENDPOINT: 'https://hub.example.com/',
    HF_TOKEN: 'hf_x',
    OPENAI_API_KEY: 'sk-x',
    OPENAI_BASE_URL: 'http://127.0.0.1:8080/v1/',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
    OTEL_SERVICE_NAME: 'gateway',
  });
  expect(environment).toEqual({
    port: 0,
    host: '::',
    dataDirectory: '/var/lib/switchyard',
    catalogFile: 'models.yaml',
    log: { level: 'debug', format: 'json' },
    drainMs: 5000,
    writeIdleMs: 7000,
    resume: { windowMs: 10_000, maxTenantBytes: 65_536 },
    maxBodyBytes: 2048,
    cache: { maxBytes: 0, maxEntries: 7 },
    corsOrigins: ['https://app.example.com', 'http://localhost:5173'],
    graphiql: false,
    huggingFace: { endpoint: 'https://hub.example.com', token: 'hf_x' },
    openai: { apiKey: 'sk-x', baseUrl: 'http://127.0.0.1:8080/v1' },
    telemetry: { otlpEndpoint: 'http://127.0.0.1:4318', serviceName: 'gateway', captureContent: 'none' },
  });
});

test('an empty value counts as not set', () => {
  expect(readEnvironment({ PORT: '', OPENAI_API_KEY: '', SWITCHYARD_CORS_ORIGINS: '' })).toEqual(
    readEnvironment({}),
  );
});

test.each([
  ['PORT', '65536', 'must be a whole number from 0 to 65535'],
  ['PORT', '80.5', 'must be a whole number from 0 to 65535'],
  ['PORT', ' 80', 'must be a whole number from 0 to 65535'],
  ['HOST', 'http://x/', 'must be a host name or an address, such as 127.0.0.1, 0.0.0.0 or ::'],
  ['SWITCHYARD_LOG_LEVEL', 'loud', 'must be one of trace, debug, info, warn, error, fatal, silent'],
  ['SWITCHYARD_GRAPHIQL', 'yes', 'must be one of on, off'],
  ['HF_ENDPOINT', 'hub.example.com', 'must be an http: or https: URL'],
  [
    'SWITCHYARD_CORS_ORIGINS',
    'https://a.example/path',
    'must be * or origins such as https://app.example.com, separated by commas',
  ],
])('%s=%s is refused in one line', (name, value, allowed) => {
  expect(problemOf({ [name]: value })).toBe(`${name}="${value}" ${allowed}.`);
});

test('all wrong variables are named, a line each', () => {
  expect(problemOf({ PORT: 'x', SWITCHYARD_GRAPHIQL: 'x' }).split('\n')).toHaveLength(2);
});

test('the value of a secret is not shown', () => {
  expect(problemOf({ OPENAI_API_KEY: '  \t' })).toBe('OPENAI_API_KEY must not be blank.');
});

test('credentials inside a URL are not shown', () => {
  expect(problemOf({ HF_ENDPOINT: 'htps://user:hunter2@hub' })).not.toContain('hunter2');
});

test('an unknown variable with our prefix is refused with the nearest known one', () => {
  expect(problemOf({ SWITCHYARD_DRAIN_SECOND: '5' })).toBe(
    'SWITCHYARD_DRAIN_SECOND is not a variable of Switchyard (did you mean "SWITCHYARD_DRAIN_SECONDS"?).',
  );
});

test('variables of others are left alone', () => {
  expect(readEnvironment({ PATH: '/bin', PORTAL: 'x' })).toEqual(readEnvironment({}));
});

test('a flag goes before the environment', () => {
  expect(readEnvironment({ PORT: '1' }, { PORT: '2' }).port).toBe(2);
});

test('a wrong flag is named as a flag', () => {
  expect(problemOf({}, { PORT: 'x' })).toBe('--port="x" must be a whole number from 0 to 65535.');
});
