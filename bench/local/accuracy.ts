import type { LocalServer } from './server.ts';

/** Log-probabilities by the texts of tokens. */
export type Likely = ReadonlyMap<string, number>;

/** How near a server's first tokens are to those of the same weights as floats. */
export interface Accuracy {
  /** Share of prompts with the same likeliest token. */
  readonly sameFirst: number;
  /** Mean Kullback-Leibler divergence in nats, over the twenty likeliest tokens and all others as one. */
  readonly divergence: number;
}

const texts = [
  'The quick brown fox jumps over the lazy dog and then runs back into the dark forest behind the old mill',
  'Water boils at a hundred degrees at sea level but on a high mountain it boils much earlier than that',
  'Once upon a time there was a small robot that lived in a lighthouse and counted the ships at night',
  'The theory of relativity says that nothing can travel faster than light and that time is not the same for all',
  'Dear Sir or Madam I am writing to ask whether the position that you advertised last week is still open',
  'Photosynthesis is the process by which green plants turn light and water and air into sugar and oxygen',
  'In the year 1969 the first humans landed on the Moon and came back with stones that nobody had seen before',
  'A recipe for bread needs flour and water and salt and yeast and above all a lot of patience and a hot oven',
  'Select the name and the age of all users who are older than thirty and sort the result by their names',
  'The largest planet of the solar system is a ball of gas with a storm that has lasted for hundreds of years',
];

/** Every text, broken off at ten places. */
export const brokenOff: readonly string[] = texts.flatMap((text) => {
  const words = text.split(' ');
  return Array.from({ length: 10 }, (_, cut) => `Continue: ${words.slice(0, 6 + cut).join(' ')}`);
});

export async function firstTokensOf(server: LocalServer): Promise<readonly Likely[]> {
  const likely: Likely[] = [];
  for (const prompt of brokenOff) likely.push(await server.firstTokens(prompt));
  return likely;
}

export function accuracy(given: readonly Likely[], exact: readonly Likely[]): Accuracy {
  const pairs = exact.map((wanted, index) => [given[index] ?? new Map<string, number>(), wanted] as const);
  const same = pairs.filter(([some, wanted]) => likeliest(some) === likeliest(wanted));
  const divergences = pairs.map(([some, wanted]) => divergenceOf(some, wanted));
  return {
    sameFirst: same.length / pairs.length,
    divergence: divergences.reduce((sum, value) => sum + value, 0) / pairs.length,
  };
}

function likeliest(likely: Likely): string | undefined {
  return [...likely].toSorted(([, left], [, right]) => right - left)[0]?.[0];
}

function divergenceOf(given: Likely, exact: Likely): number {
  // What is not among a server's twenty is as likely as the last of them at most.
  const least = Math.min(...given.values());
  const pairs = [...exact].map(([text, wanted]) => [wanted, given.get(text) ?? least] as const);
  const others = [rest(pairs.map(([wanted]) => wanted)), rest(pairs.map(([, some]) => some))] as const;
  return [...pairs, others].reduce((sum, [wanted, some]) => sum + Math.exp(wanted) * (wanted - some), 0);
}

/** Log-probability of all other tokens together. */
function rest(values: readonly number[]): number {
  return Math.log(Math.max(1e-6, 1 - values.reduce((sum, value) => sum + Math.exp(value), 0)));
}
