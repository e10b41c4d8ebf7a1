import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { glob } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { project, readText } from './repository.ts';

const dockerfile = (await readText('Dockerfile')).replace(/\\\n\s*/g, ' ');
const lines = dockerfile.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
const allowed = (await readText('.dockerignore'))
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));
const copied = lines
  .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
  .flatMap((line) => line.split(/\s+/).slice(1, -1));

const { dependencies } = z
  .object({ dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(await readText('package.json')));

test('every stage is built on the Node.js that the project pins', async () => {
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  const stages = new Set([...dockerfile.matchAll(/ AS (\S+)$/gm)].map(([, stage]) => stage));
  const foreign = bases.filter((base) => !stages.has(base));
  expect(new Set(foreign)).toEqual(new Set([`node:${dependencies['node']}-bookworm-slim`]));
});

test.each(['gateway', 'gateway-with-pip'])('the stage %s does not run as root', (stage) => {
  const body = dockerfile.split(/^FROM /m).find((part) => part.includes(` AS ${stage}\n`));
  expect(body?.match(/^USER .*$/gm)?.at(-1)).toBe('USER node');
});

test('the image gets what it copies and nothing else of the folder', async () => {
  expect((await readText('.dockerignore')).split('\n')).toContain('*');
  expect([...new Set(copied)].sort()).toEqual([...allowed].sort());
});

function sources(): AsyncIterable<string> {
  const folders = allowed.filter((name) => !name.includes('.') && name !== 'LICENSE');
  return glob(
    folders.map((folder) => `${folder}/**/*.{ts,js}`),
    { cwd: project },
  );
}

test('the sources in the image need no package that only developers have', async () => {
  const missing: string[] = [];
  for await (const file of sources()) {
    const imports = (await readText(file)).matchAll(
      /(?:^import|from|import\(|resolve\() ?'((?:@[\w-]+\/)?[a-z][\w.-]*)/gm,
    );
    for (const [, name = ''] of imports)
      if (dependencies[name] === undefined) missing.push(`${file}: ${name}`);
  }
  expect(missing).toEqual([]);
});

test('the sources in the image import nothing that is not in it', async () => {
  const outside: string[] = [];
  for await (const file of sources()) {
    const imports = (await readText(file)).matchAll(/(?:from|import\(|new URL\()\s*'(\.{1,2}\/[^']+)'/g);
    for (const [, path = ''] of imports) {
      const target = normalize(join(dirname(file), path));
      if (!allowed.some((name) => target === name || target.startsWith(`${name}/`)))
        outside.push(`${file}: ${path}`);
    }
  }
  expect(outside).toEqual([]);
});

test.each([
  { status: 200, exitCode: 0 },
  { status: 503, exitCode: 1 },
])('the health check ends with $exitCode when /readyz answers $status', async ({ status, exitCode }) => {
  const paths: string[] = [];
  const server = createServer((incoming, response) => {
    paths.push(incoming.url ?? '');
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    // A server that listens on TCP has an address object.
    expect(await checkHealth((server.address() as AddressInfo).port)).toBe(exitCode);
    expect(paths).toEqual(['/readyz']);
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

test('the health check ends with 1 when nothing listens', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  expect(await checkHealth(port)).toBe(1);
});

/** Runs the command as it stands in the file: without a shell. */
async function checkHealth(port: number): Promise<unknown> {
  const healthCheck = lines.find((line) => line.startsWith('HEALTHCHECK')) ?? '';
  const command: unknown = JSON.parse(/CMD (\[.*\])$/.exec(healthCheck)?.[1] ?? '[]');
  const [program, ...parameters] = z.tuple([z.literal('node')], z.string()).parse(command);
  expect(program).toBe('node');
  const child = spawn(process.execPath, parameters, { env: { PORT: String(port) }, stdio: 'ignore' });
  const [exitCode]: unknown[] = await once(child, 'exit');
  return exitCode;
}
