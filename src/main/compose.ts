import { randomUUID } from 'node:crypto';
import type { LocalResources } from '../../adapters/local-contract.ts';
import { createAdapter, createLocalResources } from '../../adapters/index.ts';
import { createResponseCache } from '../cache/response-cache.ts';
import { createBreakers, type Breakers } from '../gateway/breakers.ts';
import { createGateway, type Gateway } from '../gateway/create-gateway.ts';
import { defaultResumeSettings } from '../gateway/resume-settings.ts';
import { createFleet, type Fleet, type LiveDeployment } from '../gateway/fleet.ts';
import { createLocalModels, type LocalModels } from '../gateway/local-models.ts';
import { createModelPulls, type ModelPulls } from '../gateway/model-pulls.ts';
import { systemClock as clock } from '../platform/clock.ts';
import type { Environment } from '../platform/config/environment.ts';
import { monitorEventLoop, type EventLoopMonitor } from '../platform/event-loop.ts';
import type { Log } from '../platform/log.ts';
import type { Catalog } from '../registry/catalog.ts';
import { createResilience, type Resilience } from '../resilience/resilience.ts';
import { resilienceSettings } from '../resilience/resilience-settings.ts';
import { createStatistics } from '../routing/statistics.ts';
import { createTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import { createModelStore } from './models/model-store.ts';
import { outcomeReaders } from './outcome-readers.ts';

export interface ComposeOptions {
  readonly environment: Environment;
  readonly catalog: Catalog;
  readonly modelsDirectory: string;
  readonly log: Log;
  /** Aborts as soon as the gateway is told to stop. */
  readonly stopping: AbortSignal;
  /** Ends what the gateway cannot wait for any longer. */
  readonly shutdown: AbortSignal;
  /** Takes what must be closed again, in the order it was made. */
  readonly resources: AsyncDisposableStack;
}

export interface Composed {
  readonly gateway: Gateway;
  readonly fleet: Fleet;
  readonly breakers: Breakers;
  readonly localModels: LocalModels;
  readonly modelPulls: ModelPulls;
  readonly eventLoop: EventLoopMonitor;
  readonly members: readonly LiveDeployment[];
  readonly telemetry: Telemetry;
}

/** Puts the features together into a gateway. */
export async function compose(options: ComposeOptions): Promise<Composed> {
  const { environment, catalog, log, stopping, shutdown, resources } = options;
  const telemetry = createTelemetry({ captureContent: environment.telemetry.captureContent });
  const statistics = createStatistics();
  const eventLoop = monitorEventLoop({ clock, onTick: (lagMs) => telemetry.eventLoopTicked(lagMs) });
  resources.defer(() => eventLoop.close());
  const resilience = createResilience({
    clock,
    random: Math.random,
    eventLoop,
    settingsFor: resilienceSettings(catalog.deployments.map(({ deployment }) => deployment)),
    onCredentialRefused: (deployment) =>
      log.error(
        { deployment },
        'A provider has refused the credential of a deployment, which gets no calls until resetBreaker. Check its key.',
      ),
    onAdapterBug: (bug) => log.error(bug, 'A driver broke the contract of a model.'),
  });
  resources.defer(() => resilience.close());
  const cache = createResponseCache({ ...environment.cache, clock });
  resources.defer(() => cache.close());
  const local = createLocalResources({ memoryBytes: environment.localMemoryBytes });
  const members = await liveDeployments(options, resilience, local);
  const fleet = createFleet(members, { clock, statistics });
  resources.defer(() => fleet.close());

  const localModels = createLocalModels({ fleet, resources: local, stopping });
  observe(telemetry, members, localModels);
  resilience.gates.onChange((change) => log.warn(change, 'A breaker changed its state.'));

  const gateway = createGateway({
    catalog,
    catalogueDigest: catalog.digest,
    fleet,
    cache,
    resilience,
    telemetry,
    clock,
    shutdown,
    newId: randomUUID,
    settle: outcomeReaders(statistics, log),
    resume: { ...defaultResumeSettings, ...environment.resume },
    onUnseenBug: (error) => log.error({ err: error }, 'A bug broke a generation whose client was away.'),
  });
  resources.defer(() => gateway.close());
  const breakers = createBreakers({ fleet, gates: resilience.gates, clock, stopping });
  const modelPulls = createModelPulls({
    store: createModelStore({ ...options, hub: environment.huggingFace, maxBytes: local.memoryBytes }),
    newId: randomUUID,
    stopping,
    onBug: (error) => log.error({ err: error }, 'A bug broke the pull of a model.'),
  });
  resources.defer(() => modelPulls.close());
  return { gateway, fleet, breakers, localModels, modelPulls, eventLoop, members, telemetry };
}

/** What is read at every collection of the metrics. */
function observe(telemetry: Telemetry, members: readonly LiveDeployment[], localModels: LocalModels): void {
  telemetry.observeBreakers(() =>
    members.map(({ deployment, gate }) => ({
      deployment: deployment.name,
      state: gate.status().breaker.state,
    })),
  );
  telemetry.observeLimiters(() =>
    members.map(({ deployment, limiter }) => ({ deployment: deployment.name, ...limiter.status() })),
  );
  telemetry.observeLocalModels(() => ({
    budgetBytes: localModels.memory().budgetBytes,
    models: localModels.all(),
  }));
}

async function liveDeployments(
  { catalog, environment, modelsDirectory, log }: ComposeOptions,
  { gates, limiters }: Resilience,
  local: LocalResources,
): Promise<readonly LiveDeployment[]> {
  return await Promise.all(
    catalog.deployments.map(async ({ deployment, adapter }) => ({
      deployment,
      gate: gates.of(deployment.name),
      limiter: limiters.of(deployment.name),
      adapter: await createAdapter(adapter, {
        deployment: deployment.name,
        modelsDirectory,
        hub: environment.huggingFace,
        local,
        clock,
        random: Math.random,
        log: log.child({ deployment: deployment.name }),
      }),
    })),
  );
}
