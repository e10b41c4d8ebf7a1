import { rename } from 'node:fs/promises';
import type { AcquireRequest } from '../acquire-model.ts';
import { checkExistingFolder } from './existing-folder.ts';
import { failureReason } from './failure-reason.ts';
import {
  allSourcesFailed,
  ModelAcquireError,
  sourceTitle,
  type SourceFailure,
} from './model-acquire-error.ts';
import { stageSource } from './stage-source.ts';
import type { Staging } from './staging.ts';
import { createTurns } from './turns.ts';
import { closeWorkspace, createWorkspace, openWorkspace } from './workspace.ts';

/** Two at once would write into each other's files: who comes second waits, and finds the model there. */
const turns = createTurns();

/** See `AcquireModel`. A folder that is there is used as it is, without a network; else the sources are tried in order. */
export async function acquireModel(request: AcquireRequest): Promise<{ readonly directory: string }> {
  const { name, modelsDirectory, signal } = request;
  if (!/^[a-z0-9][a-z0-9._-]{0,99}$/.test(name))
    throw new ModelAcquireError(
      `"${name.slice(0, 100)}" cannot be the name of a model: use up to 100 lower-case letters, digits, ".", "_" and "-".`,
    );
  signal.throwIfAborted();
  const workspace = createWorkspace(modelsDirectory, name);
  return await turns.take(workspace.model, signal, async () => {
    if ((await existingFolder(workspace.model, request)) === 'absent')
      await acquireNew({ request, workspace });
    return { directory: workspace.model };
  });
}

async function existingFolder(directory: string, request: AcquireRequest): Promise<'absent' | 'whole'> {
  try {
    return await checkExistingFolder(directory, request.name, request.signal);
  } catch (error) {
    request.signal.throwIfAborted();
    throw new ModelAcquireError(
      `The model folder ${directory} cannot be used: ${failureReason(error)}. Repair it, or remove it to have the model fetched anew.`,
      [],
      { cause: error },
    );
  }
}

async function acquireNew(staging: Staging): Promise<void> {
  let done = false;
  try {
    await openFolders(staging);
    await tryInOrder(staging);
    done = true;
  } finally {
    await cleanUp(staging, { keepDownloads: !done });
  }
}

async function openFolders({ request, workspace }: Staging): Promise<void> {
  try {
    await openWorkspace(workspace);
  } catch (error) {
    throw new ModelAcquireError(
      `The models folder ${request.modelsDirectory} cannot be used: ${failureReason(error)}.`,
      [],
      { cause: error },
    );
  }
}

/** Remains are a nuisance, not a failure: what they take of the disk is said, and the next acquisition tries again. */
async function cleanUp(
  { request, workspace }: Staging,
  options: { readonly keepDownloads: boolean },
): Promise<void> {
  try {
    await closeWorkspace(workspace, options);
  } catch (error) {
    const reason = failureReason(error);
    request.log.warn(
      { model: request.name, folder: workspace.root, reason },
      'cannot remove unfinished work',
    );
  }
}

async function tryInOrder(staging: Staging): Promise<void> {
  const { name, sources, signal, log } = staging.request;
  const failures: SourceFailure[] = [];
  for (const source of sources) {
    try {
      const staged = await stageSource(source, staging);
      signal.throwIfAborted();
      await rename(staged, staging.workspace.model);
      log.info({ model: name, source: sourceTitle(source) }, 'The model is there.');
      return;
    } catch (error) {
      signal.throwIfAborted();
      const reason = failureReason(error);
      failures.push({ source, reason, error });
      log.warn({ model: name, source: sourceTitle(source), reason }, 'A source does not give the model.');
    }
  }
  throw allSourcesFailed(name, staging.workspace.model, failures);
}
