import { schema } from '../../schema/index.ts';
import type { SchemaContext } from '../../schema/builder.ts';
import { takesCalls } from '../domain/deployment.ts';
import type { Gateway } from '../gateway/create-gateway.ts';
import type { LiveDeployment } from '../gateway/fleet.ts';
import { systemClock as clock } from '../platform/clock.ts';
import type { Flags } from '../platform/config/command-line.ts';
import { processEnvironment, readEnvironment, type Environment } from '../platform/config/environment.ts';
import { openDataFolder } from '../platform/data-folder.ts';
import { createLog, type Log } from '../platform/log.ts';
import { createApp, type App } from '../server/app.ts';
import { startTelemetry } from '../telemetry/sdk.ts';
import { catalogueFor } from './catalogue.ts';
import { compose, type Composed } from './compose.ts';
import { readExamples } from './examples.ts';
import { startLoading } from './loading.ts';
import { stopSignal } from './stop-signal.ts';
import { version } from './version.ts';

/** Runs the gateway until it is told to stop. Resolves once everything has ended; what was started is ended in reverse. */
export async function start(flags: Flags): Promise<void> {
  const environment = readEnvironment(processEnvironment(), flags);
  const log = createGatewayLog(environment);
  await using resources = new AsyncDisposableStack();

  const sdk = await startTelemetry({
    endpoint: environment.telemetry.otlpEndpoint,
    serviceName: environment.telemetry.serviceName,
    serviceVersion: version,
    clock,
    log,
  });
  resources.defer(() => sdk.shutdown());
  const dataFolder = openDataFolder(environment.dataDirectory);
  resources.defer(() => dataFolder.close());

  const stopping = new AbortController();
  const shutdown = new AbortController();
  const composed = await compose({
    environment,
    catalog: catalogueFor(environment).catalog,
    modelsDirectory: dataFolder.modelsDirectory,
    log,
    stopping: stopping.signal,
    shutdown: shutdown.signal,
    resources,
  });
  const app = await createServer(environment, composed, log);
  resources.defer(() => app.close());

  const stopped = stopSignal();
  const { url } = await app.listen({ host: environment.host, port: environment.port });
  log.info({ url: `${url}/graphql`, version }, 'Switchyard is listening.');
  resources.defer(startLoading(composed.members, { clock, log }));

  log.info({ signal: await stopped, drainMs: environment.drainMs }, 'Switchyard is stopping.');
  stopping.abort();
  await drain({ app, gateway: composed.gateway, shutdown }, environment.drainMs);
}

interface Draining {
  readonly app: App;
  readonly gateway: Gateway;
  readonly shutdown: AbortController;
}

/** Answers under way may end, those whose clients are away too; those that take too long are ended, and their callers told. */
async function drain({ app, gateway, shutdown }: Draining, drainMs: number): Promise<void> {
  const cancel = clock.after(drainMs, () => shutdown.abort());
  try {
    await Promise.all([app.drain(drainMs + 1000), gateway.drain(drainMs + 1000)]);
  } finally {
    cancel();
    shutdown.abort();
  }
}

function createGatewayLog({ log: { level, format } }: Environment): Log {
  return createLog({ level, pretty: (format ?? (process.stdout.isTTY ? 'pretty' : 'json')) === 'pretty' });
}

async function createServer(
  environment: Environment,
  { gateway, fleet, breakers, localModels, modelPulls, members, telemetry }: Composed,
  log: Log,
): Promise<App> {
  return createApp<SchemaContext>({
    schema,
    createContext: ({ signal, scope, overloaded }) => ({
      gateway,
      fleet,
      breakers,
      localModels,
      modelPulls,
      caller: { principal: { tenant: 'anonymous' }, trace: scope, signal },
      overloaded,
    }),
    observeOperation: (operation) => telemetry.startOperation(operation),
    readiness: () => readiness(members),
    graphiql: environment.graphiql,
    examples: await readExamples(),
    corsOrigins: environment.corsOrigins,
    maxBodyBytes: environment.maxBodyBytes,
    writeIdleMs: environment.writeIdleMs,
    log,
    clock,
  });
}

/** Ready means that some deployment can be called; a gateway whose every model is loading sends traffic elsewhere. */
function readiness(members: readonly LiveDeployment[]): { ready: boolean; reason?: string } {
  if (members.some(({ adapter }) => takesCalls(adapter.loading?.state()))) return { ready: true };
  return { ready: false, reason: 'no deployment is ready yet' };
}
