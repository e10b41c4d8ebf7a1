import { resolve, sep } from 'node:path';
import { orderTitle, readPullOrder, type PullOrder } from '../../../adapters/onnx/pull-order.ts';
import { PullFailure, type PullWork } from '../../gateway/model-pull.ts';
import type { ModelStore } from '../../gateway/model-pulls.ts';
import type { Log } from '../../platform/log.ts';

export interface ModelStoreOptions {
  readonly modelsDirectory: string;
  readonly hub: { readonly endpoint: string; readonly token: string | undefined };
  /** A repository whose files are larger is refused. */
  readonly maxBytes: number;
  readonly log: Log;
}

/** The models of the hub and those known by name, fetched into the models folder. */
export function createModelStore(options: ModelStoreOptions): ModelStore {
  return {
    find({ source, name }) {
      const order = readPullOrder(source, name);
      if ('objection' in order) return { path: `input.${order.field}`, message: order.objection };
      return {
        name: order.name,
        source: orderTitle(order),
        fetch: (work) => fetchModel(order, work, options),
      };
    },
  };
}

async function fetchModel(
  order: PullOrder,
  work: PullWork,
  { modelsDirectory, hub, maxBytes, log }: ModelStoreOptions,
): Promise<void> {
  // What fetches and converts is large, and mostly not needed.
  const { ModelAcquireError, pullModel } = await import('../../../adapters/onnx/acquire/index.ts');
  try {
    await pullModel({
      ...work,
      order,
      modelsDirectory,
      maxBytes,
      log,
      hubEndpoint: hub.endpoint,
      hubToken: hub.token,
    });
  } catch (cause) {
    if (!(cause instanceof ModelAcquireError)) throw cause;
    // Where the folders lie is no business of clients.
    throw new PullFailure(cause.message.replaceAll(`${resolve(modelsDirectory)}${sep}`, ''), { cause });
  }
}
