import type { AdapterClock } from '../contract.ts';
import type { OnnxOptions } from './options.ts';

export interface RestartBackOff {
  /** How long to wait after a crash that happened just now, in milliseconds. */
  afterCrashMs(): number;
  /** How long to wait where the model could not be brought up, in milliseconds. */
  afterLoadFailureMs(): number;
  /** Whether crashes have become a loop, until the model was up for a minute after its longest wait. */
  inLoop(): boolean;
}

export interface RestartBackOffOptions {
  readonly restart: OnnxOptions['restart'];
  readonly clock: AdapterClock;
  readonly random: () => number;
}

/** Crashes older than this are forgiven. */
const crashMemoryMs = 60_000;
/** So many crashes within that time are a loop: the next one will come too, so the machine is spared. */
const crashLoopLength = 5;

/** Exponential, with the upper half of each wait left to chance, so that models that fell together do not rise together. */
export function createRestartBackOff({ restart, clock, random }: RestartBackOffOptions): RestartBackOff {
  let crashTimesMs: readonly number[] = [];
  let loopUntilMs = -Infinity;
  const jittered = (delayMs: number): number => delayMs * (0.5 + random() / 2);
  return {
    afterCrashMs() {
      const nowMs = clock.monotonicMs();
      const remembered = crashTimesMs.filter((timeMs) => nowMs - timeMs < crashMemoryMs);
      crashTimesMs = [...remembered, nowMs];
      const crashes = crashTimesMs.length;
      if (crashes >= crashLoopLength) {
        loopUntilMs = nowMs + restart.maxDelayMs + crashMemoryMs;
        return restart.maxDelayMs;
      }
      return jittered(Math.min(restart.maxDelayMs, restart.initialDelayMs * 2 ** (crashes - 1)));
    },
    afterLoadFailureMs: () => restart.maxDelayMs,
    inLoop: () => clock.monotonicMs() < loopUntilMs,
  };
}
