import { env, InferenceSession } from 'onnxruntime-node';
import { LoadFailure } from '../load-failure.ts';
import type { ModelManifest } from '../model-folder.ts';

/**
 * How long a thread looks for more work before it sleeps, in microseconds. A step of a decoder is hundreds of operators of a few
 * microseconds each, and to wake a thread for each costs more than to wait for it. An idle model still takes no processor
 * time; with the runtime's default it would (docs/decisions/0011).
 */
const spinMicros = 20;

export interface GraphSessionOptions {
  readonly threads: number;
  /** Microseconds, for comparisons. @default 20 */
  readonly spin?: number | 'without-end';
}

/** Loads a graph that has been checked (`graph-check`). Throws `LoadFailure` for what only the runtime finds. */
export async function openGraphSession(
  path: string,
  manifest: ModelManifest,
  { threads, spin = spinMicros }: GraphSessionOptions,
): Promise<InferenceSession> {
  // Below fatal the runtime prints inputs of failed runs, and those are prompts. Its errors reach us as exceptions anyway.
  env.logLevel = 'fatal';
  try {
    return await InferenceSession.create(path, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
      extra: { session: { intra_op: spinning(spin) } },
    });
  } catch (cause) {
    throw new LoadFailure(
      `The graph ${manifest.graphFile} cannot be loaded: it is damaged, incomplete or uses operators this runtime lacks. ` +
        'Remove the model folder so that it is fetched again, or use another export.',
      { cause },
    );
  }
}

function spinning(spin: number | 'without-end'): Readonly<Record<string, string>> {
  if (spin === 'without-end') return { allow_spinning: '1' };
  return spin === 0 ? { allow_spinning: '0' } : { allow_spinning: '1', spin_duration_us: String(spin) };
}
