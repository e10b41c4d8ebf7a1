/** One safeguard switched off. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Found exactly once in the file. */
  readonly search: string;
  readonly replace: string;
  /** The scenarios in which it should show. */
  readonly scenarios: readonly string[];
}

export const mutants: readonly Mutant[] = [
  {
    name: 'breaker never opens',
    file: 'src/resilience/breaker.ts',
    search: 'if (reason === undefined) return;',
    replace: 'if (reason !== undefined || reason === undefined) return;',
    scenarios: ['09', '20'],
  },
  {
    name: 'no idle timer',
    file: 'adapters/openai/deadlines.ts',
    search: 'if (hasContent) idle.waitBegins();',
    replace: '',
    scenarios: ['13'],
  },
  {
    name: 'no first-token timer',
    file: 'adapters/openai/deadlines.ts',
    search: "start('first-token', limits.firstTokenMs);",
    replace: '',
    scenarios: ['12'],
  },
  {
    name: 'no retry',
    file: 'src/resilience/schedule.ts',
    search: 'return this.#retry() ?? this.#giveUp(this.#finalReason());',
    replace: 'return this.#giveUp(this.#finalReason());',
    scenarios: ['19'],
  },
  {
    name: 'no retry budget',
    file: 'src/resilience/schedule.ts',
    search:
      "if (!budgets.retries.tryWithdraw(error.phase === undefined ? 'failure' : 'timeout')) return undefined;",
    replace: '',
    scenarios: ['19'],
  },
  {
    name: 'no fallback',
    file: 'src/resilience/schedule.ts',
    search: 'this.#queue = this.#queue.filter((other) => mayFollow(other, failure));',
    replace: 'this.#queue = [];',
    scenarios: ['09', '15'],
  },
  {
    name: 'no commit buffer',
    file: 'src/resilience/opening.ts',
    search: 'if (!isFull && (work.whole || !work.isContent(step.piece))) continue;',
    replace: '',
    scenarios: ['12', '15'],
  },
  {
    name: 'cooldown ignored',
    file: 'src/resilience/gate.ts',
    search: "if (cooldown === 'none') return;",
    replace: "if (cooldown !== 'none' || cooldown === 'none') return;",
    scenarios: ['10'],
  },
  {
    name: 'an end without a reason is a success',
    file: 'adapters/openai/answer.ts',
    search: 'if (rawReason === undefined) return undefined;',
    replace: "rawReason ??= 'stop';",
    scenarios: ['14'],
  },
  {
    name: 'clients that leave are not noticed',
    file: 'src/resilience/leash.ts',
    search: "signal.addEventListener('abort', onAbort, { once: true });",
    replace: '',
    scenarios: ['18'],
  },
  {
    name: 'no drain',
    file: 'src/main/start.ts',
    search: 'await Promise.all([app.drain(drainMs + 1000), gateway.drain(drainMs + 1000)]);',
    replace: '',
    scenarios: ['03'],
  },
];
