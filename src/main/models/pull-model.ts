import { acquireModel } from '../../../adapters/onnx/acquire/index.ts';
import { ModelAcquireError } from '../../../adapters/onnx/acquire/model-acquire-error.ts';
import { knownModel, knownModelNames } from '../../../adapters/onnx/known-models.ts';
import { systemClock as clock } from '../../platform/clock.ts';
import { ConfigurationError } from '../../platform/configuration-error.ts';
import { didYouMean } from '../../platform/nearest-names.ts';
import { createProgressBar } from '../../platform/progress-bar.ts';

export interface PullOptions {
  readonly name: string;
  readonly modelsDirectory: string;
  readonly hub: { readonly endpoint: string; readonly token: string | undefined };
  readonly signal: AbortSignal;
}

/**
 * Fetches a model that is known by its name; what was downloaded before an interruption is used again.
 * @throws ConfigurationError for a name that is not known, or where no source gives the model.
 */
export async function pullModel({ name, modelsDirectory, hub, signal }: PullOptions): Promise<string> {
  const { sources } = knownModel(name);
  if (sources.length === 0) {
    throw new ConfigurationError(
      `No source is known for the model "${name}"${didYouMean(name, knownModelNames)}; known are ${knownModelNames.join(', ')}. ` +
        'A GGUF file becomes a model with "switchyard import"; other sources are named in the catalogue.',
      { exitCode: 2 },
    );
  }
  const bar = createProgressBar(process.stderr, { label: name, clock });
  const quiet = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  try {
    const { directory } = await acquireModel({
      name,
      modelsDirectory,
      sources,
      signal,
      log: quiet,
      hubEndpoint: hub.endpoint,
      hubToken: hub.token,
      onProgress: (progress) => bar.update(progress),
    });
    return `The model ${name} is at ${directory}.`;
  } catch (cause) {
    if (signal.aborted) {
      throw new ConfigurationError('Interrupted; the next pull goes on from here.', { cause });
    }
    if (cause instanceof ModelAcquireError) throw new ConfigurationError(cause.message, { cause });
    throw cause;
  } finally {
    bar.end();
  }
}

/** What failed is told in the end. */
function ignore(): void {
  // Nothing is lost: the error lists every source with its reason.
}
