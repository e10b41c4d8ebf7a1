/** One safeguard switched off. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Found exactly once in the file. */
  readonly search: string;
  readonly replace: string;
}

export const mutants: readonly Mutant[] = [
  {
    name: 'breaker never opens',
    file: 'src/resilience/breaker.ts',
    search: 'if (reason === undefined) return;',
    replace: 'if (reason !== undefined || reason === undefined) return;',
  },
  {
    name: 'no idle timer',
    file: 'adapters/openai/deadlines.ts',
    search: 'if (hasContent) idle.waitBegins();',
    replace: '',
  },
  {
    name: 'no first-token timer',
    file: 'adapters/openai/deadlines.ts',
    search: "start('first-token', limits.firstTokenMs);",
    replace: '',
  },
  {
    name: 'no retry',
    file: 'src/resilience/schedule.ts',
    search: 'return this.#retry() ?? this.#giveUp(this.#finalReason());',
    replace: 'return this.#giveUp(this.#finalReason());',
  },
  {
    name: 'no retry budget',
    file: 'src/resilience/schedule.ts',
    search:
      "if (!budgets.retries.tryWithdraw(error.phase === undefined ? 'failure' : 'timeout')) return undefined;",
    replace: '',
  },
  {
    name: 'no fallback',
    file: 'src/resilience/schedule.ts',
    search: 'this.#queue = this.#queue.filter((other) => mayFollow(other, failure));',
    replace: 'this.#queue = [];',
  },
  {
    name: 'no commit buffer',
    file: 'src/resilience/opening.ts',
    search: 'if (!work.isContent(step.value) &&',
    replace: 'if (!work.isContent(step.value) && held.length < 1 &&',
  },
  {
    name: 'cooldown ignored',
    file: 'src/resilience/gate.ts',
    search: "if (cooldown === 'none') return;",
    replace: "if (cooldown !== 'none' || cooldown === 'none') return;",
  },
  {
    name: 'an end without a reason is a success',
    file: 'adapters/openai/answer.ts',
    search: 'if (rawReason === undefined) return undefined;',
    replace: "rawReason ??= 'stop';",
  },
  {
    name: 'clients that leave are not noticed',
    file: 'src/resilience/leash.ts',
    search: "signal.addEventListener('abort', onAbort, { once: true });",
    replace: '',
  },
  {
    name: 'no drain',
    file: 'src/main/start.ts',
    search: 'await app.drain(drainMs + 1000);',
    replace: 'await app.drain(0);',
  },
];
