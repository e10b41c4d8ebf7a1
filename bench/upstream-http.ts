/**
 * Whether HTTP/2 pays towards a provider: the same calls over both, in one run. Prints CPU of the client per call and per token, and the
 * gaps between tokens. Needs `openssl` for a certificate.
 */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, cpuUsage, env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { Agent, request } from 'undici';

const concurrency = 64;
const tokens = 50;
const tokenMs = 20;
const answer = JSON.stringify({ choices: [{ message: { content: 'x'.repeat(500) } }] });
const token = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: ' token' } }] })}\n\n`;

/** A provider that speaks both, in a process of its own. */
function serve(): void {
  const folder = env['CERTIFICATE'] ?? '';
  const server = createSecureServer({
    allowHTTP1: true,
    key: readFileSync(join(folder, 'key.pem')),
    cert: readFileSync(join(folder, 'cert.pem')),
  });
  server.on('request', (incoming, outgoing) => {
    incoming.resume();
    if (incoming.url === '/whole') {
      outgoing.writeHead(200, { 'content-type': 'application/json' });
      outgoing.end(answer);
      return;
    }
    outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
    let left = tokens;
    const timer = setInterval(() => {
      left -= 1;
      outgoing.write(token);
      if (left > 0) return;
      clearInterval(timer);
      outgoing.end();
    }, tokenMs);
  });
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.send?.(port);
  });
}

interface Figures {
  readonly cpuUs: number;
  readonly gapP99Ms: number;
}

interface Load {
  readonly url: string;
  readonly agent: Agent;
  readonly rounds: number;
}

async function measure({ url, agent, rounds }: Load): Promise<Figures> {
  const gaps: number[] = [];
  const started = cpuUsage();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let round = 0; round < rounds; round += 1) {
        const { body } = await request(url, {
          dispatcher: agent,
          method: 'POST',
          body: '{}',
        });
        let lastMs = performance.now();
        for await (const chunk of body) {
          if (!Buffer.isBuffer(chunk)) throw new TypeError('a reply is no bytes');
          gaps.push(performance.now() - lastMs);
          lastMs = performance.now();
        }
      }
    }),
  );
  const { user, system } = cpuUsage(started);
  const units = concurrency * rounds * (url.endsWith('/whole') ? 1 : tokens);
  gaps.sort((left, right) => left - right);
  return { cpuUs: (user + system) / units, gapP99Ms: gaps[Math.floor(gaps.length * 0.99)] ?? 0 };
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-h2-'));
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost', ...files],
    { stdio: 'ignore' },
  );
  const server = fork(fileURLToPath(import.meta.url), ['serve'], { env: { ...env, CERTIFICATE: folder } });
  const [message]: unknown[] = await once(server, 'message');
  const port = Number(message);
  const [whole, stream] = [`https://127.0.0.1:${port}/whole`, `https://127.0.0.1:${port}/stream`];
  const connect = { rejectUnauthorized: false };
  const agents = {
    'HTTP/1.1': new Agent({ connect, allowH2: false }),
    'HTTP/2': new Agent({ connect, allowH2: true }),
  };
  for (const agent of Object.values(agents)) await measure({ url: whole, agent, rounds: 100 });
  for (let round = 1; round <= 3; round += 1) {
    for (const [name, agent] of Object.entries(agents)) {
      const call = await measure({ url: whole, agent, rounds: 100 });
      const streamed = await measure({ url: stream, agent, rounds: 2 });
      process.stdout.write(
        `${name.padEnd(8)} round ${round}: ${call.cpuUs.toFixed(0)} us a call; ${streamed.cpuUs.toFixed(1)} us a token, gap p99 ${streamed.gapP99Ms.toFixed(1)} ms\n`,
      );
    }
  }
  await Promise.all(Object.values(agents).map((agent) => agent.destroy()));
  server.kill();
  rmSync(folder, { recursive: true });
}

if (argv[2] === 'serve') serve();
else await main();
