import type {
  LoadState,
  LocalModelStatus,
  LocalResources,
  ModelLoading,
} from '../../adapters/local-contract.ts';
import { deploymentState, type Deployment, type DeploymentState } from '../domain/deployment.ts';
import type { UnknownDeployment } from '../domain/problem.ts';
import { createFeed } from './feed.ts';
import type { Fleet } from './fleet.ts';
import { unknownDeployment, validationFailed, type ValidationFailed } from './problems.ts';

export interface LoadEvent {
  readonly deployment: Deployment;
  readonly load: LoadState;
}

export interface LocalModel {
  readonly deployment: Deployment;
  readonly state: DeploymentState;
  readonly status: LocalModelStatus;
}

export interface LocalMemory {
  /** Most that models may reserve together. */
  readonly budgetBytes: number;
  readonly reservedBytes: number;
}

type Done = Deployment | UnknownDeployment | ValidationFailed;

/** What operators do with the models of this machine. Deployments are named as in the catalogue. */
export interface LocalModels {
  /** All of them as they are now. */
  all(): readonly LocalModel[];
  /** What they share. */
  memory(): LocalMemory;
  /** `undefined` for a deployment of a provider. */
  status(deployment: string): LocalModelStatus | undefined;
  /** Brings a model up in the background; one that is up is left as it is. */
  load(deployment: string): Done;
  /** Takes a model down and answers once its calls have ended. */
  unload(deployment: string): Promise<Done>;
  /** Changes over to the version that the model's files have now. */
  reload(deployment: string): Promise<Done>;
  /**
   * How far models are, now and with every change, of one deployment or of all; ends with the signal and when the gateway stops. A
   * reader who falls behind by more than a hundred loses the oldest.
   */
  changes(
    deployment: string | undefined,
    signal: AbortSignal,
  ): AsyncIterableIterator<LoadEvent> | UnknownDeployment;
}

export interface LocalModelsOptions {
  readonly fleet: Fleet;
  readonly resources: Pick<LocalResources, 'memoryBytes' | 'reservedBytes'>;
  /** Aborts as soon as the gateway is told to stop: who only watches is not waited for. */
  readonly stopping: AbortSignal;
}

interface Local {
  readonly deployment: Deployment;
  readonly loading: ModelLoading;
}

const waitingEvents = 100;

export function createLocalModels({ fleet, resources, stopping }: LocalModelsOptions): LocalModels {
  const names = fleet.deployments.map(({ name }) => name);
  const locals = names.flatMap((name): readonly Local[] => {
    const { deployment, adapter } = fleet.live(name);
    return adapter.loading === undefined ? [] : [{ deployment, loading: adapter.loading }];
  });

  function find(name: string): Local | UnknownDeployment | ValidationFailed {
    const found = locals.find(({ deployment }) => deployment.name === name);
    if (found !== undefined) return found;
    if (!names.includes(name)) return unknownDeployment(name, names);
    return refusal('is served by a provider; only models of this machine are loaded');
  }

  return {
    all: () =>
      locals.map(({ deployment, loading }) => ({
        deployment,
        state: deploymentState(loading.state()),
        status: loading.status(),
      })),
    memory: () => ({ budgetBytes: resources.memoryBytes, reservedBytes: resources.reservedBytes() }),
    status: (name) => locals.find(({ deployment }) => deployment.name === name)?.loading.status(),
    load(name) {
      const found = find(name);
      if ('code' in found) return found;
      found.loading.start();
      return found.deployment;
    },
    async unload(name) {
      const found = find(name);
      if ('code' in found) return found;
      await found.loading.unload();
      return found.deployment;
    },
    async reload(name) {
      const found = find(name);
      if ('code' in found) return found;
      const result = await found.loading.reload();
      return result.outcome === 'failed' ? refusal(result.problem) : found.deployment;
    },
    changes(name, signal) {
      if (name !== undefined && !names.includes(name)) return unknownDeployment(name, names);
      const watched = locals.filter(({ deployment }) => name === undefined || deployment.name === name);
      const feed = createFeed<LoadEvent>({
        limit: waitingEvents,
        onEnd: () => {
          for (const stop of stops) stop();
        },
      });
      const stops = watched.map(({ deployment, loading }) =>
        loading.onChange((load) => feed.push({ deployment, load })),
      );
      for (const { deployment, loading } of watched) feed.push({ deployment, load: loading.state() });
      const over = AbortSignal.any([signal, stopping]);
      if (over.aborted) feed.end();
      over.addEventListener('abort', () => feed.end(), { once: true });
      return feed;
    },
  };
}

function refusal(message: string): ValidationFailed {
  return validationFailed([{ path: 'deployment', message }]);
}
