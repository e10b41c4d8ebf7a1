import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigurationError } from '../platform/configuration-error.ts';

export interface Address {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
}

export interface Listening {
  /** Without a path. */
  readonly url: string;
}

/** @throws ConfigurationError saying what keeps the server from the address. */
export function listen(server: Server, address: Address): Promise<Listening> {
  const { promise, resolve, reject } = Promise.withResolvers<Listening>();
  const fail = (error: Error): void => reject(refused(address, error));
  server.once('error', fail);
  server.listen(address, () => {
    server.off('error', fail);
    resolve({ url: `http://${nameOf(address.host)}:${portOf(server, address)}` });
  });
  return promise;
}

function portOf(server: Server, { port }: Address): number {
  const bound: AddressInfo | string | null = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : port;
}

/** What a browser on this machine can be pointed at. */
function nameOf(host: string): string {
  if (['127.0.0.1', '0.0.0.0', '::', '::1'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function refused({ host, port }: Address, error: Error): ConfigurationError {
  const code = 'code' in error ? String(error.code) : error.message;
  const message = messages[code] ?? `The gateway cannot listen on ${host} port ${port} (${code}).`;
  return new ConfigurationError(typeof message === 'string' ? message : message(host, port), {
    cause: error,
  });
}

const messages: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) =>
    `Port ${port} on ${host} is in use. Stop what uses it, or set PORT or --port to another one (0 takes any free one).`,
  EACCES: (_host, port) =>
    `Port ${port} needs more rights than this user has. Set PORT or --port to one above 1023.`,
  EADDRNOTAVAIL: (host) =>
    `${host} is no address of this machine. Set HOST or --host to 127.0.0.1 or 0.0.0.0.`,
  ENOTFOUND: (host) => `The host name ${host} is not known. Set HOST or --host to 127.0.0.1 or 0.0.0.0.`,
};
