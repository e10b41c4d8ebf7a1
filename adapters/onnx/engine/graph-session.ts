import { env, InferenceSession } from 'onnxruntime-node';
import { LoadFailure } from '../load-failure.ts';
import type { ModelManifest } from '../model-folder.ts';

/** Loads a graph that has been checked (`graph-check`). Throws `LoadFailure` for what only the runtime finds. */
export async function openGraphSession(
  path: string,
  manifest: ModelManifest,
  threads: number,
): Promise<InferenceSession> {
  // Below fatal the runtime prints inputs of failed runs, and those are prompts. Its errors reach us as exceptions anyway.
  env.logLevel = 'fatal';
  try {
    return await InferenceSession.create(path, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
      // A spinning thread pool doubles the CPU time, and two models on one machine slow each other down several times.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  } catch (cause) {
    throw new LoadFailure(
      `The graph ${manifest.graphFile} cannot be loaded: it is damaged, incomplete or uses operators this runtime lacks. ` +
        'Remove the model folder so that it is fetched again, or use another export.',
      { cause },
    );
  }
}
