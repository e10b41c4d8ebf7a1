import { expect, test } from 'vitest';
import { shareThreads, type ThreadClaim } from '../../adapters/onnx/thread-shares.ts';

const model = (processes = 1, threads?: number): ThreadClaim => ({ processes, threads });

test.each([
  { fact: 'a model alone has all cores', cores: 4, claims: [model()], threads: [4] },
  { fact: 'but no more than eight', cores: 64, claims: [model()], threads: [8] },
  { fact: 'several share them evenly', cores: 8, claims: [model(), model()], threads: [4, 4] },
  { fact: 'each process of a model counts', cores: 8, claims: [model(3), model()], threads: [2, 2] },
  { fact: 'what is named is taken first', cores: 8, claims: [model(), model(1, 6)], threads: [2, 6] },
  {
    fact: 'and leaves a core for every other process',
    cores: 4,
    claims: [model(), model(1, 6), model()],
    threads: [1, 2, 1],
  },
  {
    fact: 'every process has one, even where there are fewer cores',
    cores: 2,
    claims: [model(), model(), model(1, 4)],
    threads: [1, 1, 1],
  },
])('$fact', ({ cores, claims, threads }) => {
  expect(shareThreads(cores, claims)).toEqual(threads);
});

test('the sum is never above the cores where every process can have one', () => {
  const claims = [undefined, 1, 2, 5, 16].flatMap((threads) =>
    [1, 2, 3].map((count) => model(count, threads)),
  );
  for (const one of claims) {
    for (const other of claims) {
      for (let cores = one.processes + other.processes; cores <= 16; cores += 1) {
        const [first = 0, second = 0] = shareThreads(cores, [one, other]);
        expect(first * one.processes + second * other.processes).toBeLessThanOrEqual(cores);
      }
    }
  }
});
