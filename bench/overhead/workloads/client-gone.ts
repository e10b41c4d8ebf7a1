import type { Lg, Shape } from '../lg.ts';
import type { Workload } from './workload.ts';

/** Each answer goes on for longer than lg waits for the abort, else its end would be taken for one. */
const ways = {
  midStream: { model: 'mock-t200-i20', stream: true },
  // No write to the client fails here, as nothing is left to write.
  silent: { model: 'mock-t100-x5', stream: true },
  unary: { model: 'mock-d4000', stream: false, flags: ['--after-ms', '200'] },
} satisfies Record<string, Shape>;

/** Clients that leave early: how long until the connection to the upstream is closed, so that nobody pays for tokens nobody reads. */
export const clientGone: Workload = {
  name: 'client-gone',
  title: 'Client gone',
  servers: ['bare', 'switchyard', 'portkey', 'smg'],
  models: Object.values(ways).map(({ model }) => model),
  warmUp: { model: 'mock-t100-i0', stream: true },
  // A round is 150 tries each way.
  mostRounds: 1,
  figures: [
    { key: 'midStreamMissed', label: 'in mid-stream, missed', unit: '' },
    { key: 'midStreamMs', label: 'in mid-stream, p99', unit: 'ms' },
    { key: 'silentMissed', label: 'upstream silent, missed', unit: '' },
    { key: 'silentMs', label: 'upstream silent, p99', unit: 'ms' },
    { key: 'unaryMissed', label: 'unary, missed', unit: '' },
    { key: 'unaryMs', label: 'unary, p99', unit: 'ms' },
  ],
  async measure(lg, { check }) {
    const [midStreamMissed, midStreamMs] = await leave(lg, ways.midStream, check);
    const [silentMissed, silentMs] = await leave(lg, ways.silent, check);
    const [unaryMissed, unaryMs] = await leave(lg, ways.unary, check);
    return { midStreamMissed, midStreamMs, silentMissed, silentMs, unaryMissed, unaryMs };
  },
};

async function leave(
  lg: Lg,
  way: Shape,
  check: boolean,
): Promise<readonly [missed: number, p99Ms: number | undefined]> {
  const size = check ? ['--tries', '12', '--grace', '1000'] : ['--tries', '150'];
  const { missed, abortMs } = await lg.cancel({ ...way, flags: [...(way.flags ?? []), ...size] });
  return [missed, abortMs?.p99];
}
