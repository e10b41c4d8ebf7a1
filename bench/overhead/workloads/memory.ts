import type { Lg } from '../lg.ts';
import type { Workload } from './workload.ts';

const shape = { model: 'mock-d0', stream: false };

/** Whether memory grows with the number of requests: resident memory after many, in parts of that after a tenth of them. */
export const memory: Workload = {
  name: 'memory',
  title: 'Memory after 200,000 requests',
  servers: ['switchyard'],
  models: [shape.model],
  mostRounds: 3,
  figures: [{ key: 'growth', label: 'memory after 200,000 / after 20,000 requests', unit: 'x' }],
  async measure(lg, { check }) {
    const [few, many] = check ? [500, 2000] : [20_000, 200_000];
    const early = await untilAnswered(lg, few);
    const late = await untilAnswered(lg, many - early.answered);
    return {
      growth: early.rssMb === undefined || late.rssMb === undefined ? undefined : late.rssMb / early.rssMb,
    };
  },
};

interface State {
  readonly answered: number;
  readonly rssMb: number | undefined;
}

/** lg counts seconds, not requests: it goes on in short runs until there were enough. */
async function untilAnswered(lg: Lg, enough: number): Promise<State> {
  let state: State = { answered: 0, rssMb: undefined };
  while (state.answered < enough) {
    const { ok, rssMb } = await lg.load({ ...shape, seconds: 1, leadSeconds: 0 });
    // The fault is on record; without answers this would never end.
    if (ok === 0) break;
    state = { answered: state.answered + ok, rssMb };
  }
  return state;
}
