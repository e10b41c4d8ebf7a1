import type { EngineWork } from './protocol.ts';

/** Adds up what a process does between two pulses. Tokens are counted in the run that computed or chose them. */
export interface WorkMeter {
  /** Texts of so many tokens were encoded. */
  encoded(tokens: number): void;
  /** A run read a piece of a prompt. */
  read(tokens: number, tookMs: number): void;
  /** A run made the next token of every answer under way. */
  stepped(tookMs: number): void;
  /** Answers gained so many tokens. */
  wrote(tokens: number): void;
  /** A prompt found the keys and values of so many of its tokens. */
  reused(tokens: number): void;
  /** What was done since the last time. */
  take(): EngineWork;
}

export const noWork: EngineWork = {
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  reads: 0,
  readMs: 0,
  steps: 0,
  stepMs: 0,
};

export function addWork(one: EngineWork, other: EngineWork): EngineWork {
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    cachedInputTokens: one.cachedInputTokens + other.cachedInputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    reads: one.reads + other.reads,
    readMs: one.readMs + other.readMs,
    steps: one.steps + other.steps,
    stepMs: one.stepMs + other.stepMs,
  };
}

export function createWorkMeter(): WorkMeter {
  let work = noWork;
  const add = (more: Partial<EngineWork>): void => {
    work = addWork(work, { ...noWork, ...more });
  };
  return {
    encoded: (inputTokens) => add({ inputTokens }),
    read: (inputTokens, readMs) => add({ inputTokens, readMs, reads: 1 }),
    stepped: (stepMs) => add({ stepMs, steps: 1 }),
    wrote: (outputTokens) => add({ outputTokens }),
    reused: (cachedInputTokens) => add({ cachedInputTokens }),
    take() {
      const taken = work;
      work = noWork;
      return taken;
    },
  };
}
