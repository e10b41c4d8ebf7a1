import { ModelAcquireError, pullModel as pull } from '../../../adapters/onnx/acquire/index.ts';
import { knownModelNames } from '../../../adapters/onnx/known-models.ts';
import { readPullOrder, type PullOrder } from '../../../adapters/onnx/pull-order.ts';
import { systemClock as clock } from '../../platform/clock.ts';
import { ConfigurationError } from '../../platform/configuration-error.ts';
import { didYouMean } from '../../platform/nearest-names.ts';
import { createProgressBar } from '../../platform/progress-bar.ts';

export interface PullOptions {
  /** `hf:owner/name`, `hf:owner/name@revision`, or the name of a known model. */
  readonly source: string;
  /** @default that of the repository, in lower case, or of the known model */
  readonly name: string | undefined;
  readonly modelsDirectory: string;
  readonly hub: { readonly endpoint: string; readonly token: string | undefined };
  /** A repository whose files are larger is refused. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Fetches a model of the hub, or one that is known by its name; what was downloaded before an interruption is used again.
 * @throws ConfigurationError for a name that cannot be meant, or where no source gives the model.
 */
export async function pullModel({ source, name, hub, signal, ...rest }: PullOptions): Promise<string> {
  const order = readOrder(source, name);
  const bar = createProgressBar(process.stderr, { label: order.name, clock });
  const quiet = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  try {
    const { directory } = await pull({
      ...rest,
      order,
      signal,
      log: quiet,
      hubEndpoint: hub.endpoint,
      hubToken: hub.token,
      onProgress: (progress) => bar.update(progress),
    });
    return `The model ${order.name} is at ${directory}.`;
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

function readOrder(source: string, name: string | undefined): PullOrder {
  const order = readPullOrder(source, name);
  if (!('objection' in order)) return order;
  throw new ConfigurationError(
    `This cannot be pulled${didYouMean(source, knownModelNames)}: ${order.objection}. ` +
      'A GGUF file becomes a model with "switchyard import".',
    { exitCode: 2 },
  );
}

/** What failed is told in the end. */
function ignore(): void {
  // Nothing is lost: the error lists every source with its reason.
}
