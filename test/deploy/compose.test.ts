import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { variableTable } from '../../src/platform/config/variables.ts';
import { isInstalled, project, readCompose, readText } from './repository.ts';

const run = promisify(execFile);
const { services } = await readCompose();
const names = Object.keys(services);
const composeText = await readText('docker-compose.yml');
const exampleEnvironment = parseEnv(await readText('.env.example'));

test('it has the gateway and what belongs around it', () => {
  expect(names.sort()).toEqual([
    'gateway',
    'grafana',
    'jaeger',
    'llama-cpp',
    'otel-collector',
    'postgres',
    'prometheus',
    'redis',
  ]);
});

test.each(names)('the image of %s is pinned to a version', (name) => {
  const tag = services[name]?.image.split(':')[1];
  if (name === 'gateway') expect(tag).toBe('local');
  else expect(tag).toMatch(/\d/);
});

test.each(names.filter((name) => name !== 'gateway'))('%s listens on this machine only', (name) => {
  expect(services[name]?.ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
});

test.each(names)('%s starts again after a failure, and its health is watched', (name) => {
  expect(services[name]?.restart).toBe('unless-stopped');
  // The gateway's check is in its image; the collector's image has nothing to run one with.
  const elsewhere = name === 'gateway' || name === 'otel-collector';
  expect(services[name]?.healthcheck === undefined).toBe(elsewhere);
});

test('no password, key or token stands in the file', () => {
  const secrets = Object.values(services)
    .flatMap(({ environment }) => Object.entries(environment))
    .filter(([name]) => /PASSWORD|KEY|TOKEN|SECRET/.test(name));
  expect(secrets.length).toBeGreaterThan(3);
  expect(secrets.filter(([, value]) => !/^\$\{\w+:[?-][^}]*\}$/.test(value))).toEqual([]);
});

test('the example environment has every variable of the file, and no other', () => {
  const used = new Set([...composeText.matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name));
  expect(new Set(Object.keys(exampleEnvironment))).toEqual(used);
});

test('the gateway gets no variable that it does not know', () => {
  const known = new Set<string>(variableTable().map(({ name }) => name));
  const given = Object.keys(services['gateway']?.environment ?? {});
  expect(given.filter((name) => !known.has(name))).toEqual([]);
});

test('the gateway runs on a file system it cannot write to, without capabilities', () => {
  expect(services['gateway']).toMatchObject({
    init: true,
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  });
});

test('every file that is mounted is there', async () => {
  const mounted = Object.values(services)
    .flatMap(({ volumes }) => volumes)
    .filter((volume) => volume.startsWith('./'))
    .map((volume) => join(project, volume.split(':')[0] ?? ''));
  expect(mounted.length).toBeGreaterThan(4);
  await expect(Promise.all(mounted.map((path) => access(path)))).resolves.toBeDefined();
});

test('the collector is the version that the tests build', async () => {
  const built = /collector\/otelcol v(\S+)/.exec(await readText('test/fixtures/otelcol/go.mod'))?.[1];
  expect(services['otel-collector']?.image).toBe(`otel/opentelemetry-collector-contrib:${built}`);
});

describe('docker-compose', async () => {
  const missing = !(await isInstalled('docker-compose'));
  const reason = 'There is no docker-compose (Debian package docker-compose).';
  test('takes the file with the example environment', async ({ skip }) => {
    skip(missing, reason);
    await expect(config('.env.example')).resolves.toMatchObject({ stderr: '' });
  });

  test('refuses to start without passwords, and says what to do', async ({ skip }) => {
    skip(missing, reason);
    await expect(config('test/fixtures/empty.env')).rejects.toThrow('copy .env.example to .env and set');
  });
});

function config(environmentFile: string) {
  return run(
    'docker-compose',
    ['--env-file', environmentFile, '--profile', 'llama-cpp', '--profile', 'state', 'config', '--quiet'],
    // Only the path: variables of the machine would stand in for missing ones of the file.
    { cwd: project, env: { PATH: '/usr/local/bin:/usr/bin:/bin' } },
  );
}
