import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { downloadFile, type FileDownload } from '../../../adapters/onnx/acquire/download-file.ts';
import { failureReason } from '../../../adapters/onnx/acquire/failure-reason.ts';
import { createHubClient, type HubClientOptions } from '../../../adapters/onnx/acquire/hub-client.ts';
import { acquireModel } from '../../../adapters/onnx/acquire/index.ts';
import { hubSource, revision, sha256 } from './fake-hub.ts';
import { createScene, fakeHub, temporaryFolder, tinyFiles } from './scene.ts';

const path = 'onnx/model_q4.onnx';
const content = tinyFiles[path] ?? Buffer.alloc(0);

async function failureOf(options: HubClientOptions): Promise<string> {
  const client = createHubClient(options);
  onTestFinished(() => client.close());
  const download: FileDownload = {
    url: client.fileUrl('team/tiny', revision, path),
    file: join(await temporaryFolder(), 'model.onnx'),
    what: path,
    sha256: sha256(content),
    bytes: content.length,
    revision,
  };
  const context = { client, signal: new AbortController().signal, onBytes: () => {} };
  return downloadFile(download, context).then(() => 'downloaded', failureReason);
}

/** A server on the socket level; gone after the test. */
async function listen(
  onConnection: (socket: Socket) => void,
  server: Server = createServer(),
): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket.on('error', () => {}));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  // A server that listens on TCP has an address of this form.
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a host that refuses connections fails at once', async () => {
  const server = createServer();
  const address = await listen(() => {}, server);
  await new Promise((resolve) => server.close(resolve));
  expect(await failureOf({ endpoint: `http://${address}` })).toBe(
    'the host refuses connections (ECONNREFUSED)',
  );
});

test('an unknown host name fails at once', async () => {
  expect(await failureOf({ endpoint: 'http://hub.invalid' })).toMatch(/no network, or no DNS/);
});

test('a host that accepts the connection but never speaks TLS is given up', async () => {
  const address = await listen(() => {});
  const reason = await failureOf({ endpoint: `https://${address}`, connectTimeoutMs: 100 });
  expect(reason).toBe('the host does not answer (UND_ERR_CONNECT_TIMEOUT)');
});

test('a server that takes the request and then sends no answer is given up', async () => {
  const address = await listen((socket) => socket.resume());
  const reason = await failureOf({ endpoint: `http://${address}`, idleTimeoutMs: 100 });
  expect(reason).toBe('the server took the request and then sent no answer (UND_ERR_HEADERS_TIMEOUT)');
});

test('a download that stalls is continued over a new connection', async () => {
  const hub = await fakeHub();
  hub.faults.push({ type: 'stall', afterBytes: 1000 });
  expect(await failureOf({ endpoint: hub.endpoint, idleTimeoutMs: 100 })).toBe('downloaded');
  expect(hub.requests.at(-1)?.headers.range).toBe('bytes=1000-');
});

test('a download that stalls twice is given up', async () => {
  const hub = await fakeHub();
  hub.faults.push({ type: 'stall', afterBytes: 1000 }, { type: 'stall', afterBytes: 1000 });
  expect(await failureOf({ endpoint: hub.endpoint, idleTimeoutMs: 100 })).toBe(
    'the download stalled (UND_ERR_BODY_TIMEOUT) after 2000 of 3000000 bytes of onnx/model_q4.onnx',
  );
});

test('redirects in a circle end', async () => {
  const address = await listen((socket) =>
    socket.on('data', () =>
      socket.write('HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n'),
    ),
  );
  expect(await failureOf({ endpoint: `http://${address}` })).toMatch(/redirects more than 5 times/);
});

test('a redirect to something other than a web server is not followed', async () => {
  const address = await listen((socket) =>
    socket.on('data', () =>
      socket.write('HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n'),
    ),
  );
  expect(await failureOf({ endpoint: `http://${address}` })).toMatch(/redirects away from https/);
});

test('an address of the hub that is none is told as such', async () => {
  const scene = await createScene({ hubEndpoint: 'huggingface', sources: [hubSource(tinyFiles)] });
  await expect(acquireModel(scene)).rejects.toThrow('(HF_ENDPOINT) is not an http or https URL');
});
