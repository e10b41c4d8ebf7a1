const words =
  'the harbour was quiet before dawn and only two boats had come back from the night with more fish than anybody could count'.split(
    ' ',
  );

/** English of so many words. Texts of different numbers begin differently, so that none finds what another has left behind. */
export function benchText(number: number, wordCount: number): string {
  const rest = Array.from(
    { length: Math.max(0, wordCount - 2) },
    (_, at) => words[(number + at) % words.length],
  );
  return ['Story', number, ...rest].join(' ');
}
