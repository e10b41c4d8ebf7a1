import { join } from 'node:path';
import type { AcquireRequest } from '../acquire-model.ts';
import { manifestFileName, modelManifestSchema } from '../model-folder.ts';
import { orderTitle, type PullOrder } from '../pull-order.ts';
import { acquireModel } from './acquire.ts';
import { chooseFiles, NoModelError } from './choose-files.ts';
import { DownloadError } from './download-error.ts';
import { failureReason } from './failure-reason.ts';
import { createHubClient } from './hub-client.ts';
import { listRepository } from './hub-listing.ts';
import type { HubName } from './hub-name.ts';
import { ModelAcquireError } from './model-acquire-error.ts';
import { readJson } from './read-json.ts';
import type { HubSource } from './sources.ts';

export interface PullRequest extends Omit<AcquireRequest, 'name' | 'sources'> {
  readonly order: PullOrder;
  /** A repository whose files are larger is refused before any of them is downloaded. */
  readonly maxBytes: number;
}

type HubOrder = Extract<PullOrder, { kind: 'hub' }>;

/**
 * Gets a model that somebody named: from the places of a known one, or from a repository of the hub, at the commit that its revision
 * means now. Throws `ModelAcquireError`, and the signal's reason after an abort.
 */
export async function pullModel({ order, ...request }: PullRequest): Promise<{ readonly directory: string }> {
  if (order.kind === 'known') return await acquireModel({ ...request, ...order });
  const sources = await hubSources(order, request);
  return await acquireModel({ ...request, name: order.name, sources });
}

/** Empty where the model is there already, and nothing has to be asked for. */
async function hubSources(
  order: HubOrder,
  request: Omit<PullRequest, 'order'>,
): Promise<readonly HubSource[]> {
  const installed = await installedSource(join(request.modelsDirectory, order.name));
  if (installed === undefined) return [await lookUp(order, request)];
  if (comesFrom(installed, order.hub)) return [];
  const { revision } = await lookUp(order, request);
  if (comesFrom(installed, { ...order.hub, revision })) return [];
  throw new ModelAcquireError(
    `A model called ${order.name} is there already, from ${installed}. Give this one another name, or remove that one with \`npx switchyard models rm ${order.name}\`.`,
  );
}

/** `hf:owner/name@commit` of the model in the folder, `undefined` where no model is there. */
async function installedSource(directory: string): Promise<string | undefined> {
  return await readJson(join(directory, manifestFileName), modelManifestSchema).then(
    ({ source }) => source,
    // What is wrong with a folder that is there is said when it is to be used.
    () => undefined,
  );
}

function comesFrom(source: string, { repository, revision }: HubName): boolean {
  return revision === undefined
    ? source.startsWith(`hf:${repository}@`)
    : source === `hf:${repository}@${revision}`;
}

async function lookUp(order: HubOrder, request: Omit<PullRequest, 'order'>): Promise<HubSource> {
  const { signal, hubEndpoint: endpoint, hubToken: token, maxBytes } = request;
  try {
    const client = createHubClient({ endpoint, token });
    try {
      return chooseFiles(order.hub.repository, await listRepository(client, order.hub, signal), maxBytes);
    } finally {
      await client.close();
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw new ModelAcquireError(
      `${orderTitle(order)} could not be had: ${failureReason(cause)}. ${remedy(cause)}`.trimEnd(),
      [],
      { cause },
    );
  }
}

/** What is refused says itself what helps. */
function remedy(error: unknown): string {
  if (error instanceof DownloadError || error instanceof NoModelError) return '';
  return 'Set HF_ENDPOINT to a mirror of the hub that this machine reaches.';
}
