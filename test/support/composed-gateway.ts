import type { ModelAdapter } from '../../adapters/contract.ts';
import { createLocalResources } from '../../adapters/index.ts';
import { createResponseCache } from '../../src/cache/response-cache.ts';
import type { Deployment } from '../../src/domain/deployment.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { createBreakers, type Breakers } from '../../src/gateway/breakers.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../../src/gateway/create-gateway.ts';
import { createFleet, type Fleet } from '../../src/gateway/fleet.ts';
import { createLocalModels, type LocalModels } from '../../src/gateway/local-models.ts';
import { createModelPulls, type ModelPulls, type ModelStore } from '../../src/gateway/model-pulls.ts';
import type { Caller } from '../../src/gateway/resolve.ts';
import { createCatalog } from '../../src/registry/catalog.ts';
import { createResilience } from '../../src/resilience/resilience.ts';
import { resilienceSettings } from '../../src/resilience/resilience-settings.ts';
import { createStatistics } from '../../src/routing/statistics.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { createFakeClock } from './fake-clock.ts';

export interface ComposedGateway {
  readonly gateway: Gateway;
  readonly fleet: Fleet;
  readonly breakers: Breakers;
  readonly localModels: LocalModels;
  readonly modelPulls: ModelPulls;
  readonly outcomes: readonly Outcome[];
  readonly clock: ReturnType<typeof createFakeClock>;
  /** How late the event loop is; a test may say. */
  readonly lag: { ms: number };
  /** Ends what the gateway cannot wait for. */
  readonly shutdown: AbortController;
}

export interface ComposedOptions extends Partial<GatewayOptions> {
  /** Models that can be pulled. @default none */
  readonly modelStore?: ModelStore;
}

const emptyStore: ModelStore = { find: () => ({ path: 'input.source', message: 'there is none' }) };

/** The whole gateway without a server: real features, a clock to turn, and the given models. */
export function composeGateway(
  models: readonly (readonly [Deployment, ModelAdapter])[],
  { modelStore = emptyStore, ...options }: ComposedOptions = {},
): ComposedGateway {
  const clock = createFakeClock();
  const statistics = createStatistics();
  const lag = { ms: 0 };
  const resilience = createResilience({
    clock,
    random: () => 0,
    eventLoop: { sustainedLagMs: () => lag.ms, lagging: () => lag.ms >= 200 },
    settingsFor: resilienceSettings(models.map(([deployment]) => deployment)),
    onAdapterBug: ({ error }) => {
      throw error;
    },
  });
  const { gates, limiters } = resilience;
  const shutdown = new AbortController();
  const outcomes: Outcome[] = [];
  const catalog = createCatalog({
    deployments: models.map(([deployment, { kind }]) => ({ deployment, adapter: { kind, options: {} } })),
    aliases: new Map([['support-chat', models[0]?.[0].model ?? '']]),
    policies: [{ name: 'balanced', weights: { cost: 1, latency: 1, quality: 3 }, constraints: {} }],
    defaultPolicy: 'balanced',
  });
  let ids = 0;
  const fleet = createFleet(
    models.map(([deployment, adapter]) => ({
      deployment,
      adapter,
      gate: gates.of(deployment.name),
      limiter: limiters.of(deployment.name),
    })),
    { clock, statistics },
  );
  const gateway = createGateway({
    catalog,
    catalogueDigest: catalog.digest,
    fleet,
    cache: createResponseCache({ maxBytes: 1_000_000, maxEntries: 100, clock }),
    resilience,
    telemetry: createTelemetry(),
    clock,
    shutdown: shutdown.signal,
    newId: () => `generation-${(ids += 1)}`,
    settle: (outcome) => outcomes.push(outcome),
    ...options,
  });
  const breakers = createBreakers({ fleet, gates, clock, stopping: shutdown.signal });
  const localModels = createLocalModels({
    fleet,
    resources: createLocalResources(),
    stopping: shutdown.signal,
  });
  let pulls = 0;
  const modelPulls = createModelPulls({
    store: modelStore,
    newId: () => `pull-${(pulls += 1)}`,
    stopping: shutdown.signal,
    onBug: (error) => {
      throw error;
    },
  });
  return { gateway, fleet, breakers, localModels, modelPulls, outcomes, clock, lag, shutdown };
}

export function caller(tenant = 'anonymous', signal = new AbortController().signal): Caller {
  return { principal: { tenant }, trace: undefined, signal };
}
