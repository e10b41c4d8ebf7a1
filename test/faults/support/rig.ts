import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startGatewayProcess, type GatewayProcess, type LogLine } from '../../support/gateway-process.ts';
import { graphql } from '../../support/graphql-client.ts';
import { ask, type Sample } from './clients.ts';
import { openFiles } from './process-facts.ts';
import { startProvider, type Provider } from './provider.ts';

export interface RigOptions<Name extends string> {
  /** All serve the model `chat`; the first is asked first. */
  readonly providers: readonly Name[];
  /** Of every provider, in milliseconds. @default short ones */
  readonly timeouts?: Readonly<Record<string, number>>;
  /** Of every provider, as the catalogue file has them. @default the gateway's */
  readonly breaker?: Readonly<Record<string, number>>;
  readonly env?: Readonly<Record<string, string>>;
  /** More deployments, as the catalogue file has them; they come after the providers. */
  readonly deployments?: readonly object[];
}

/** A gateway as a process of its own before providers that fail as they are told. */
export interface Rig<Name extends string> extends AsyncDisposable {
  /** The one that runs now. */
  gateway(): GatewayProcess;
  readonly providers: Readonly<Record<Name, Provider>>;
  /** Asks for a whole answer of the model `chat`. */
  ask(this: void, given?: object): Promise<Sample>;
  breakers(): Promise<ReadonlyMap<string, Breaker>>;
  /** Resolves with the log line that says so, from the first on or, with `after`, from the one after that many. */
  breakerChanged(name: Name, to: string, after?: number): Promise<LogLine>;
  /** Resolves once nothing is under way and unused sockets are closed, with what is open then. */
  quiet(): Promise<Handles>;
  /** Starts it again on the same data. */
  restart(): Promise<GatewayProcess>;
}

/** What a process holds open. */
export interface Handles {
  /** Sockets to providers. */
  readonly sockets: number;
  /** File descriptors without the sockets of clients. */
  readonly files: number;
}

const breakerSchema = z.object({
  state: z.string(),
  failureRate: z.number().nullable(),
  retryAt: z.string().nullable(),
});
export type Breaker = z.infer<typeof breakerSchema> & { readonly coolingDownUntil: string | null };
const deploymentsSchema = z.array(
  z.object({ name: z.string(), coolingDownUntil: z.string().nullable(), breaker: breakerSchema }),
);

/** What one provider alone can do, so that a request can ask for it by a capability. */
export const ownCapability = ['TOOLS', 'IMAGES', 'JSON'] as const;

const shortTimeouts = { connectMs: 400, headersMs: 600, firstTokenMs: 800, idleMs: 500, totalMs: 60_000 };

export async function startRig<Name extends string>(options: RigOptions<Name>): Promise<Rig<Name>> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-faults-'));
  const started = await Promise.all(
    options.providers.map(async (name) => [name, await startProvider(name)] as const),
  );
  // One entry for each name of the union.
  const providers = Object.fromEntries(started) as Readonly<Record<Name, Provider>>;
  const config = join(folder, 'switchyard.yaml');
  await writeFile(
    config,
    JSON.stringify(
      catalogue(
        started.map(([, provider]) => provider),
        options,
      ),
    ),
  );
  const start = async (): Promise<GatewayProcess> =>
    await startGatewayProcess({
      dataDirectory: join(folder, 'data'),
      env: { SWITCHYARD_CONFIG: config, ...options.env },
    });
  let gateway = await start();
  // A test that is given up at its time limit never comes to dispose of its rig.
  const abandon = (): void => {
    gateway.process.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', abandon);

  return {
    gateway: () => gateway,
    providers,
    ask: async (given) => await ask(gateway.url, given),
    breakers: async () => await breakersOf(gateway.url),
    breakerChanged: async (name, to, after = 0) => {
      const fits = (line: LogLine): boolean => line['deployment'] === name && line['to'] === to;
      return await gateway.logged((line) => fits(line) && gateway.log.filter(fits).length > after);
    },
    async quiet() {
      await Promise.all(started.map(async ([, { proxy }]) => await proxy.disconnected()));
      // Whatever the gateway heard of before it answers this is done.
      await breakersOf(gateway.url);
      return {
        sockets: started.reduce((sum, [, { proxy }]) => sum + proxy.connections.size, 0),
        files: openFiles(gateway.process.pid, Number(new URL(gateway.url).port)),
      };
    },
    async restart() {
      gateway = await start();
      return gateway;
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', abandon);
      gateway.process.kill('SIGCONT');
      await gateway.stop('SIGKILL');
      await Promise.all(started.map(async ([, provider]) => await provider.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function catalogue(
  providers: readonly Provider[],
  { timeouts = {}, breaker = {}, deployments = [] }: RigOptions<string>,
): object {
  return {
    deployments: [
      ...providers.map(({ name: deployment, baseUrl }, index) => ({
        name: deployment,
        model: 'chat',
        kind: 'openai',
        options: {
          model: 'gpt-test',
          baseUrl,
          capabilities: ['text', ...ownCapability.slice(index, index + 1).map((name) => name.toLowerCase())],
          timeouts: { ...shortTimeouts, ...timeouts },
        },
        prices: { inputUsdPerMillionTokens: '0.1', outputUsdPerMillionTokens: '0.4' },
        breaker,
        quality: 0.9 - index / 10,
      })),
      ...deployments,
    ],
    defaults: { policy: 'best' },
  };
}

async function breakersOf(url: string): Promise<ReadonlyMap<string, Breaker>> {
  const { data } = await graphql(url, {
    query: '{ deployments { name coolingDownUntil breaker { state failureRate retryAt } } }',
  });
  return new Map(
    deploymentsSchema
      .parse(data?.['deployments'])
      .map(({ name, coolingDownUntil, breaker }) => [name, { ...breaker, coolingDownUntil }]),
  );
}
