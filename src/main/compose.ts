import { randomUUID } from 'node:crypto';
import { createAdapter } from '../../adapters/index.ts';
import { createResponseCache } from '../cache/response-cache.ts';
import { createGateway, type Gateway } from '../gateway/create-gateway.ts';
import { createFleet, type Fleet, type LiveDeployment } from '../gateway/fleet.ts';
import { systemClock as clock } from '../platform/clock.ts';
import type { Environment } from '../platform/config/environment.ts';
import type { Log } from '../platform/log.ts';
import type { Catalog } from '../registry/catalog.ts';
import { createGates, type Gates } from '../resilience/gate.ts';
import { createStatistics } from '../routing/statistics.ts';
import { createTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import { outcomeReaders } from './outcome-readers.ts';

export interface ComposeOptions {
  readonly environment: Environment;
  readonly catalog: Catalog;
  readonly modelsDirectory: string;
  readonly log: Log;
  /** Ends what the gateway cannot wait for any longer. */
  readonly shutdown: AbortSignal;
  /** Takes what must be closed again, in the order it was made. */
  readonly resources: AsyncDisposableStack;
}

export interface Composed {
  readonly gateway: Gateway;
  readonly fleet: Fleet;
  readonly members: readonly LiveDeployment[];
  readonly telemetry: Telemetry;
}

/** Puts the features together into a gateway. */
export async function compose(options: ComposeOptions): Promise<Composed> {
  const { environment, catalog, log, shutdown, resources } = options;
  const telemetry = createTelemetry({ captureContent: environment.telemetry.captureContent });
  const statistics = createStatistics();
  const gates = createGates({ clock, random: Math.random });
  resources.defer(() => gates.close());
  const cache = createResponseCache({ ...environment.cache, clock });
  resources.defer(() => cache.close());
  const members = await liveDeployments(options, gates);
  const fleet = createFleet(members, { clock, statistics });
  resources.defer(() => fleet.close());

  telemetry.observeBreakers(() =>
    members.map(({ deployment, gate }) => ({
      deployment: deployment.name,
      state: gate.status().breaker.state,
    })),
  );
  gates.onChange((change) => log.warn(change, 'A breaker changed its state.'));

  const gateway = createGateway({
    catalog,
    catalogueDigest: catalog.digest,
    fleet,
    cache,
    telemetry,
    clock,
    shutdown,
    newId: randomUUID,
    onAdapterBug: (bug) => log.error(bug, 'A driver broke the contract of a model.'),
    settle: outcomeReaders(statistics, log),
  });
  return { gateway, fleet, members, telemetry };
}

async function liveDeployments(
  { catalog, environment, modelsDirectory, log }: ComposeOptions,
  gates: Gates,
): Promise<readonly LiveDeployment[]> {
  return await Promise.all(
    catalog.deployments.map(async ({ deployment, adapter }) => ({
      deployment,
      gate: gates.of(deployment.name),
      adapter: await createAdapter(adapter, {
        deployment: deployment.name,
        modelsDirectory,
        hub: environment.huggingFace,
        clock,
        random: Math.random,
        log: log.child({ deployment: deployment.name }),
      }),
    })),
  );
}
