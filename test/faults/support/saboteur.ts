import { systemClock as clock } from '../../../src/platform/clock.ts';
import {
  answers,
  babbles,
  endsWithoutReason,
  fails,
  failsInBand,
  flaps,
  refusesForNow,
  stallsAfter,
  stallsBeforeContent,
  staysSilent,
} from './behaviours.ts';
import { healthy } from './fault.ts';
import type { Provider } from './provider.ts';

type Sabotage = (provider: Provider, random: () => number) => unknown;

const sabotages: Readonly<Record<string, Sabotage>> = {
  latency: ({ proxy }, random) => proxy.inject({ type: 'pass', latencyMs: 20 + 200 * random() }),
  'random slices': ({ proxy }, random) => proxy.inject({ type: 'pass', sliceAtRandom: random }),
  'cut by FIN': ({ proxy }, random) =>
    proxy.inject({ type: 'pass', cut: { afterBytes: 1 + Math.floor(2000 * random()), by: 'fin' } }),
  'cut by RST': ({ proxy }, random) =>
    proxy.inject({ type: 'pass', cut: { afterBytes: 1 + Math.floor(2000 * random()), by: 'rst' } }),
  'black hole': ({ proxy }) => proxy.inject({ type: 'black-hole' }),
  'reset on connect': ({ proxy }) => proxy.inject({ type: 'reset' }),
  'endless headers': ({ proxy }) => proxy.inject({ type: 'endless-headers' }),
  'endless line': ({ proxy }) => proxy.inject({ type: 'endless-line' }),
  refused: async ({ proxy }) => await proxy.down(),
  'every connection reset': ({ proxy }) => proxy.endAll('rst'),
  'HTTP 500': (provider) => provider.behave(fails(500)),
  'HTTP 503 with Retry-After': (provider) => provider.behave(fails(503, { 'retry-after': '2' })),
  'HTTP 429': (provider) => provider.behave(refusesForNow({ 'retry-after': '1' })),
  'half of the calls fail': (provider, random) => provider.behave(flaps(provider.name, 0.5, random)),
  silence: (provider) => provider.behave(staysSilent),
  'silence after the headers': (provider) => provider.behave(stallsBeforeContent),
  'stall in mid-stream': (provider) => provider.behave(stallsAfter(provider.name, ' says')),
  'no finish reason': (provider) => provider.behave(endsWithoutReason(provider.name, ' says')),
  'error in band': (provider) => provider.behave(failsInBand(provider.name)),
  'malformed events': (provider) => provider.behave(babbles(provider.name)),
};

export async function heal(provider: Provider): Promise<void> {
  provider.behave(answers(provider.name));
  await provider.proxy.up();
  // Ends what is in a black hole or never ends.
  provider.proxy.endAll('rst');
  provider.proxy.inject(healthy);
}

export interface Saboteur {
  /** What each provider suffers now. */
  present(): string;
  /** Ends the last fault; everybody is well then. */
  stop(): Promise<void>;
}

/** Gives each provider one fault after the other, with times of health between. */
export function startSaboteur(providers: readonly Provider[], random: () => number): Saboteur {
  const present = new Map<string, string>();
  const stopping = new AbortController();
  const runs = providers.map(async (provider) => {
    while (!stopping.signal.aborted) {
      present.set(provider.name, 'well');
      await pause(3000 + 9000 * random());
      if (stopping.signal.aborted) break;
      const [name, sabotage] = pick(Object.entries(sabotages), random);
      present.set(provider.name, name);
      await sabotage(provider, random);
      await pause(1000 + 7000 * random());
      await heal(provider);
    }
    present.set(provider.name, 'well');
    await heal(provider);
  });

  /** How long a fault or a time of health lasts. */
  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (stopping.signal.aborted) return resolve();
      const cancel = clock.after(ms, resolve);
      stopping.signal.addEventListener('abort', () => (cancel(), resolve()), { once: true });
    });
  }

  return {
    present: () => [...present].map(([provider, name]) => `${provider}: ${name}`).join(', '),
    async stop() {
      stopping.abort();
      await Promise.all(runs);
    },
  };
}

export function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}
