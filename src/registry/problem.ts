/** A way to a place in the file: keys and positions in lists. */
export type Path = readonly PropertyKey[];

/** One thing wrong with the file. */
export interface Problem {
  readonly path: Path;
  /** What is wrong and what is allowed, to be read behind the path. Never a value that may be secret. */
  readonly message: string;
  /** Whether the fault is the key at the end of the path, not its value. */
  readonly atKey?: boolean;
}

/** `deployments[0].prices.inputUsdPerMillionTokens`. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`,
    )
    .join('');
}
