import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { stringify } from 'yaml';

const run = promisify(execFile);
const project = join(import.meta.dirname, '../..');
const source = join(project, 'test/fixtures/otelcol');
const cache = join(project, 'node_modules/.cache/switchyard-real');

export const collectorConfig = join(project, 'otel-collector.yaml');

/** The Go command, on the path or where its installer puts it; `undefined` where there is none. */
export async function findGo(): Promise<string | undefined> {
  for (const go of ['go', '/usr/local/go/bin/go']) {
    const found = await run(go, ['version']).then(
      () => true,
      () => false,
    );
    if (found) return go;
  }
  return undefined;
}

/** Builds the collector of the fixture, minutes of work the first time; later ones find it in the cache. */
export async function buildCollector(go: string): Promise<string> {
  const inputs = await Promise.all(
    ['go.mod', 'go.sum', 'main.go'].map((file) => readFile(join(source, file))),
  );
  const digest = createHash('sha256').update(Buffer.concat(inputs)).digest('hex').slice(0, 16);
  const binary = join(cache, `otelcol-${digest}`);
  const built = await access(binary).then(
    () => true,
    () => false,
  );
  if (built) return binary;
  await mkdir(cache, { recursive: true });
  const unfinished = `${binary}.${process.pid}`;
  await run(go, ['build', '-mod=readonly', '-trimpath', '-ldflags=-s -w', '-o', unfinished, '.'], {
    cwd: source,
  });
  await rename(unfinished, binary);
  return binary;
}

export interface Collector {
  /** Base URL of its OTLP receiver. */
  readonly url: string;
  /** The gateway's metrics, as Prometheus fetches them. */
  gatewayMetrics(): Promise<string>;
  /** The collector's own metrics. */
  ownMetrics(): Promise<string>;
  /** Resolves with the first log line that holds the text, also one of the past. */
  logged(text: string): Promise<string>;
  stop(): Promise<void>;
}

/** Runs the shipped configuration as it is, but for the addresses. */
export async function startCollector(binary: string, tracesUrl: string): Promise<Collector> {
  const [grpc, http, health, metrics, own] = await freePorts(5);
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-otelcol-'));
  const addresses = join(folder, 'addresses.yaml');
  await writeFile(
    addresses,
    stringify({
      extensions: { health_check: { endpoint: at(health) } },
      receivers: { otlp: { protocols: { grpc: { endpoint: at(grpc) }, http: { endpoint: at(http) } } } },
      exporters: { 'otlp_http/jaeger': { endpoint: tracesUrl }, prometheus: { endpoint: at(metrics) } },
      service: {
        telemetry: {
          metrics: { readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: own } } } }] },
        },
      },
    }),
  );
  const child = spawn(binary, ['--config', collectorConfig, '--config', addresses], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  const logged = watchLines(child.stderr);
  const text = async (port: number | undefined) => (await fetch(`http://${at(port)}/metrics`)).text();
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true });
  };
  const ready = await Promise.race([
    logged('Everything is ready').then(() => true),
    exited.then(() => false),
  ]);
  if (!ready) throw new Error(`The collector ended early: ${await logged('')}`);
  return {
    url: `http://${at(http)}`,
    gatewayMetrics: () => text(metrics),
    ownMetrics: () => text(own),
    logged,
    stop,
  };
}

function at(port: number | undefined): string {
  return `127.0.0.1:${port}`;
}

function watchLines(input: NodeJS.ReadableStream): (text: string) => Promise<string> {
  const lines: string[] = [];
  const waiting = new Set<(line: string) => void>();
  createInterface({ input }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look(line);
  });
  return (text) => {
    const past = lines.find((line) => line.includes(text));
    if (past !== undefined) return Promise.resolve(past);
    const { promise, resolve } = Promise.withResolvers<string>();
    const look = (line: string) => {
      if (!line.includes(text)) return;
      waiting.delete(look);
      resolve(line);
    };
    waiting.add(look);
    return promise;
  };
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  // A server that listens on TCP has an address object.
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
