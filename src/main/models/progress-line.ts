import type { ProgressStream } from '../../platform/progress-bar.ts';

/** One line that rewrites itself, on a terminal only. */
export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

export function createProgressLine(stream: ProgressStream): ProgressLine {
  const show = (text: string): void => {
    if (stream.isTTY === true) stream.write(`\r${text.slice(0, (stream.columns ?? 80) - 1)}\u001B[K`);
  };
  return { show, clear: () => show('') };
}
