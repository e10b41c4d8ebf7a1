import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setDefaultCACertificates } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { adapterErrorOf, drain, firstText, generate, partsOf, textOf } from '../../conformance/observe.ts';
import { answerStream, delta } from '../../support/openai-wire.ts';
import { adapterFor, ask } from './open.ts';

type Answer = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

interface SecureServer {
  readonly baseUrl: string;
  readonly versions: readonly string[];
  connections(): number;
}

/** A server that offers HTTP/2 and HTTP/1.1, with a certificate of its own that this process trusts. */
async function secureServer(answer: Answer): Promise<SecureServer> {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...names, '-keyout', key, '-out', cert],
    { stdio: 'ignore' },
  );
  setDefaultCACertificates([readFileSync(cert, 'utf8')]);
  const versions: string[] = [];
  let connections = 0;
  const server = createSecureServer({ allowHTTP1: true, key: readFileSync(key), cert: readFileSync(cert) });
  server.on('secureConnection', () => (connections += 1));
  server.on('request', (request, response) => {
    versions.push(request.httpVersion);
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  // A server that listens on TCP has such an address.
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `https://127.0.0.1:${port}/v1`, versions, connections: () => connections };
}

function opened(baseUrl: string, http2: boolean) {
  const adapter = adapterFor({ baseUrl, http2 });
  onTestFinished(() => adapter.close());
  return adapter;
}

const streaming: Answer = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(answerStream('Hel', 'lo'));
};

test.each([
  [true, '2.0'],
  [false, '1.1'],
])('with http2 %j a server that offers both is spoken to in HTTP/%s', async (http2, version) => {
  const server = await secureServer(streaming);
  expect(textOf(await partsOf(opened(server.baseUrl, http2), ask('Hi')))).toBe('Hello');
  expect(server.versions).toEqual([version]);
});

test('calls at once share one connection', async () => {
  const server = await secureServer(streaming);
  const adapter = opened(server.baseUrl, true);
  await partsOf(adapter, ask('Hi'));
  const answers = await Promise.all(Array.from({ length: 20 }, () => partsOf(adapter, ask('Hi'))));
  expect(new Set(answers.map(textOf))).toEqual(new Set(['Hello']));
  expect(server.connections()).toBe(1);
});

test('an abort ends its own call alone', async () => {
  const closed = Promise.withResolvers<void>();
  const server = await secureServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(delta({ content: 'so far' }));
    response.once('close', closed.resolve);
  });
  const adapter = opened(server.baseUrl, true);
  const controller = new AbortController();
  const [left, other] = [generate(adapter, ask('Hi'), controller.signal), generate(adapter, ask('Hi'))];
  await firstText(left);
  await firstText(other);
  const failure = adapterErrorOf(drain(left), 'aborted');
  controller.abort();
  await failure;
  await closed.promise;
  await other.return?.();
});
