export interface ConfigurationErrorOptions {
  /**
   * What the process exits with: 2 for a wrong command line, 1 for everything else.
   * @default 1
   */
  readonly exitCode?: 1 | 2;
  readonly cause?: unknown;
}

/**
 * What keeps the gateway from starting. The message is for the person who started it: one line for each thing wrong,
 * saying what is allowed or what to do, and never the value of a secret. It is printed without a stack.
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly exitCode: 1 | 2;

  constructor(message: string, options: ConfigurationErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}
