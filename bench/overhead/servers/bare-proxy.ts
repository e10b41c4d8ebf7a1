import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { argv } from 'node:process';
import { Pool, type Dispatcher } from 'undici';
import { announce } from './announce.ts';

/**
 * The floor: what Node itself costs to pass a request on. It reads nothing, buffers nothing and decides nothing.
 * The one argument is the origin to pass everything to.
 */
const [, , origin = ''] = argv;
const pool = new Pool(origin, { connections: 1024, pipelining: 1, bodyTimeout: 0, headersTimeout: 0 });

announce(createServer(pass));

function pass(request: IncomingMessage, response: ServerResponse): void {
  pool.dispatch(
    {
      path: request.url ?? '/',
      method: request.method ?? 'GET',
      headers: forwarded(request),
      body: hasBody(request) ? request : null,
    },
    replyTo(response),
  );
}

function replyTo(response: ServerResponse): Dispatcher.DispatchHandler {
  let running: Dispatcher.DispatchController | undefined;
  const left = (): void => {
    if (!response.writableFinished) running?.abort(new Error('The client left.'));
  };
  response.once('close', left);
  return {
    onRequestStart(controller) {
      running = controller;
      if (response.destroyed) left();
    },
    onResponseStart(_controller, status, headers) {
      delete headers['connection'];
      delete headers['keep-alive'];
      delete headers['transfer-encoding'];
      response.writeHead(status, headers);
    },
    onResponseData(controller, chunk) {
      if (response.write(chunk)) return;
      controller.pause();
      response.once('drain', () => controller.resume());
    },
    onResponseEnd() {
      response.end();
    },
    onResponseError() {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    },
  };
}

/** Without what concerns the client's own connection. */
function forwarded(request: IncomingMessage): IncomingMessage['headers'] {
  const { host: _host, connection: _connection, 'keep-alive': _keepAlive, ...headers } = request.headers;
  return headers;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}
