import { onTestFinished } from 'vitest';
import type { SchemaContext } from '../../schema/builder.ts';
import { schema } from '../../schema/index.ts';
import type { ModelAdapter } from '../../adapters/contract.ts';
import type { Deployment } from '../../src/domain/deployment.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createLog } from '../../src/platform/log.ts';
import { createApp, type App, type AppOptions } from '../../src/server/app.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { composeGateway, type ComposedGateway, type ComposedOptions } from './composed-gateway.ts';

export interface TestApp extends ComposedGateway {
  readonly app: App;
  /** Every line of the log, of every level. */
  readonly lines: readonly string[];
  /** Errors and worse. */
  readonly errors: () => readonly string[];
}

export type TestAppOptions = Partial<AppOptions<SchemaContext>> & Pick<ComposedOptions, 'modelStore'>;

/** The whole gateway with its schema and server; no socket until `listening`. */
export function createTestApp(
  models: readonly (readonly [Deployment, ModelAdapter])[],
  { modelStore, ...options }: TestAppOptions = {},
): TestApp {
  const composed = composeGateway(models, modelStore === undefined ? {} : { modelStore });
  const lines: string[] = [];
  const telemetry = createTelemetry();
  const app = createApp<SchemaContext>({
    schema,
    createContext: ({ signal, scope, overloaded }) => ({
      overloaded,
      gateway: composed.gateway,
      fleet: composed.fleet,
      breakers: composed.breakers,
      localModels: composed.localModels,
      modelPulls: composed.modelPulls,
      caller: { principal: { tenant: 'anonymous' }, trace: scope, signal },
    }),
    observeOperation: (operation) => telemetry.startOperation(operation),
    readiness: () => ({ ready: true }),
    graphiql: true,
    examples: [],
    corsOrigins: [],
    maxBodyBytes: 1_048_576,
    log: createLog({ level: 'trace', destination: { write: (line) => lines.push(line) } }),
    clock: systemClock,
    ...options,
  });
  return {
    ...composed,
    app,
    lines,
    errors: () => lines.filter((line) => /"level":"(error|fatal)"/.test(line)),
  };
}

/** The app on a free port of this machine until the test ends; gives the URL of its GraphQL endpoint. */
export async function listening(app: App): Promise<string> {
  const { url } = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => await app.close());
  return `${url}/graphql`;
}

export const endpoint = 'http://localhost/graphql';

/** A JSON POST, as clients send it that know of GraphQL over HTTP. */
export function post(body: unknown, headers: Readonly<Record<string, string>> = {}): Request {
  return new Request(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
