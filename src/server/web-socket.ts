import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { graphqlPath, type GraphqlServer } from './graphql-server.ts';
import { keepAlive } from './keep-alive.ts';
import { headersOf } from './node-headers.ts';
import { refusalOfOrigin } from './origin.ts';
import { socketOperations, SocketClient } from './web-socket-operations.ts';

export interface WebSocketOptions {
  readonly graphql: GraphqlServer;
  readonly corsOrigins: readonly string[];
  readonly maxBodyBytes: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** GraphQL over WebSocket (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md) on the path of GraphQL over HTTP. */
export function serveWebSockets(server: Server, options: WebSocketOptions): { close(): void } {
  const { graphql, corsOrigins, maxBodyBytes, clock, log } = options;
  const protocol = makeServer(socketOperations(graphql, log));
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxBodyBytes,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });

  server.on('upgrade', (request, socket, head) => {
    const refusal = refusalOf(request, corsOrigins);
    if (refusal !== undefined) return refuse(socket, refusal);
    sockets.handleUpgrade(request, socket, head, (client) => serve(client, new SocketClient(request)));
  });

  /** graphql-ws brings such a binding of its own, which writes what clients do wrong to the console. */
  function serve(socket: WebSocket, client: SocketClient): void {
    const stopPinging = keepAlive(socket, clock);
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(socket, text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (receive) => socket.on('message', (data) => void handled(receive(textOf(data)))),
      },
      client,
    );
    // A message that is too long or no UTF-8; `ws` closes the socket with the code for it.
    socket.on('error', (error) => log.debug({ err: error }, 'A WebSocket client broke the protocol.'));
    socket.on('close', (code, reason) => {
      stopPinging();
      client.leave();
      void handled(closed(code, String(reason)));
    });

    async function handled(work: Promise<void>): Promise<void> {
      try {
        await work;
        client.sweep();
      } catch (error) {
        log.error({ err: error }, 'A WebSocket message could not be handled.');
        socket.close(CloseCode.InternalServerError, 'Internal error');
      }
    }
  }

  return {
    close() {
      for (const socket of sockets.clients) socket.close(1001, 'The gateway is shutting down');
      sockets.close();
    },
  };
}

function refusalOf(request: IncomingMessage, corsOrigins: readonly string[]): string | undefined {
  if (URL.parse(request.url ?? '', 'http://localhost')?.pathname !== graphqlPath) return '404 Not Found';
  return refusalOfOrigin(headersOf(request), corsOrigins) === undefined ? undefined : '403 Forbidden';
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function textOf(message: RawData): string {
  // Sockets give other forms only when they are told to.
  if (!Buffer.isBuffer(message)) throw new TypeError('A WebSocket message is not one buffer.');
  return message.toString();
}

/** Resolves once the text has left, so that a slow reader holds its operation back. */
function send(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve) => {
    // A failure means that the client has left, which `close` tells.
    socket.send(text, () => resolve());
  });
}
