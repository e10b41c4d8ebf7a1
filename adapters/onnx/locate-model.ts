import { resolve, sep } from 'node:path';
import type { AdapterContext } from '../contract.ts';
import type { LoadState } from '../local-contract.ts';
import type { AcquireModel, AcquireRequest } from './acquire-model.ts';
import { knownModel } from './known-models.ts';
import { LoadFailure } from './load-failure.ts';
import type { OnnxOptions } from './options.ts';
import { readModelFolder, type ModelFolder } from './read-model-folder.ts';

export interface LocateOptions {
  readonly options: OnnxOptions;
  readonly context: AdapterContext;
  readonly acquire: AcquireModel;
  readonly signal: AbortSignal;
  readonly onState: (state: LoadState) => void;
}

/** The checked folder of the model, fetched first where it must be. Throws `LoadFailure` where there is none. */
export async function locateModel(given: LocateOptions): Promise<ModelFolder> {
  const { options, signal } = given;
  return readModelFolder(options.path ?? (await acquireFolder(given)), signal);
}

async function acquireFolder({ options, context, acquire, signal, onState }: LocateOptions): Promise<string> {
  const { modelsDirectory, log } = context;
  const { model: name, sources = knownModel(name).sources } = options;
  const request = { name, modelsDirectory, sources, ...hubOf(options, context), signal, log };
  try {
    const { directory } = await acquire({ ...request, onProgress: onState });
    return directory;
  } catch (cause) {
    signal.throwIfAborted();
    const message = cause instanceof Error ? cause.message : String(cause);
    // The message is for the operator, this problem for clients too: where the folders lie is no business of theirs.
    throw new LoadFailure(message.replaceAll(`${resolve(modelsDirectory)}${sep}`, ''), { cause });
  }
}

/** The gateway's token belongs to the gateway's hub: an endpoint of the deployment's own never gets it. */
function hubOf(
  { hubEndpoint, hubToken }: OnnxOptions,
  { hub }: AdapterContext,
): Pick<AcquireRequest, 'hubEndpoint' | 'hubToken'> {
  if (hubEndpoint !== undefined) return { hubEndpoint, hubToken };
  return { hubEndpoint: hub?.endpoint, hubToken: hubToken ?? hub?.token };
}
