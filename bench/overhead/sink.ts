import { createServer } from 'node:http';
import { announce } from './servers/announce.ts';

/** A collector that takes traces and metrics by OTLP and forgets them. `GET /` says how many exports came. */
const received: Record<string, number> = {};

const server = createServer((request, response) => {
  const { method, url = '/' } = request;
  if (method === 'POST') received[url] = (received[url] ?? 0) + 1;
  request.resume().once('end', () => {
    response.writeHead(200, {
      'content-type': method === 'POST' ? 'application/x-protobuf' : 'application/json',
    });
    response.end(method === 'POST' ? undefined : JSON.stringify(received));
  });
});
announce(server);
