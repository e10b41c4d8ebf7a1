import type { LoadState } from '../../adapters/local-contract.ts';
import type { Clock } from './clock.ts';

/** Shows on a terminal how far the loading of a model is. */
export interface ProgressBar {
  update(state: LoadState): void;
  /** Leaves what is shown and ends its line. Safe to call twice. */
  end(): void;
}

/** The part of `process.stderr` that is needed. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressBarOptions {
  /** What is loaded, for people. */
  readonly label: string;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Shortest time between two drawings of one step. @default 100 */
  readonly everyMs?: number;
}

/** A line that rewrites itself on a terminal; elsewhere one plain line for each new step. */
export function createProgressBar(
  stream: ProgressStream,
  { label, clock, everyMs = 100 }: ProgressBarOptions,
): ProgressBar {
  let lastStep = '';
  let drawnAtMs = -Infinity;
  let lineIsOpen = false;

  function end(): void {
    if (lineIsOpen) stream.write('\n');
    lineIsOpen = false;
  }

  return {
    update(state) {
      if (state.step === 'idle') return;
      const step = 'what' in state ? `${state.step} ${state.what}` : state.step;
      const isNewStep = step !== lastStep;
      if (!isNewStep && (stream.isTTY !== true || clock.monotonicMs() - drawnAtMs < everyMs)) return;
      lastStep = step;
      drawnAtMs = clock.monotonicMs();
      const text = `${label}: ${describe(state)}`;
      if (stream.isTTY === true) {
        stream.write(`\r${fit(text, state, stream.columns ?? 80)}\u001B[K`);
        lineIsOpen = true;
      } else stream.write(`${text}\n`);
      if (state.step === 'ready' || state.step === 'failed') end();
    },
    end,
  };
}

function describe(state: Exclude<LoadState, { step: 'idle' }>): string {
  switch (state.step) {
    case 'downloading':
    case 'converting':
    case 'loading':
      return `${state.step} ${state.what}${sizes(state.bytesDone, state.bytesTotal)}`;
    case 'ready':
      return 'ready';
    case 'unloaded':
      return state.why === 'operator' ? 'unloaded' : 'not in memory; the next call loads it';
    case 'failed':
      return `failed: ${state.problem}`;
  }
}

function sizes(done: number | undefined, total: number | undefined): string {
  if (total === undefined) return done === undefined || done === 0 ? '' : `, ${megabytes(done)}`;
  return done === undefined || done === 0
    ? `, ${megabytes(total)}`
    : `, ${megabytes(done)} of ${megabytes(total)}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

const widestBar = 30;
const narrowestBar = 10;

/** Adds a bar where there is room for one; a line that is too long would wrap and could not be rewritten. */
function fit(text: string, state: LoadState, columns: number): string {
  const room = Math.min(widestBar, columns - text.length - 3);
  const done = 'bytesDone' in state ? state.bytesDone : undefined;
  const total = 'bytesTotal' in state ? state.bytesTotal : undefined;
  if (state.step === 'failed') return text;
  if (done === undefined || total === undefined || total === 0 || room < narrowestBar)
    return text.slice(0, columns - 1);
  const full = Math.round(Math.min(1, done / total) * room);
  return `${text} ${'█'.repeat(full)}${'░'.repeat(room - full)}`;
}
