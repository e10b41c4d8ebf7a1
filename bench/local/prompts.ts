import { createRandomSource } from '../../adapters/onnx/engine/random.ts';

const words =
  'sea wind harbour light ship old story lantern winter market river stone garden silver bridge'.split(' ');

/** Prompts of so many words, no two alike from their first word on. */
export function promptMaker(seed: number): (wordCount: number) => string {
  const random = createRandomSource(seed);
  let made = 0;
  return (wordCount) => {
    made += 1;
    const some = Array.from({ length: wordCount - 1 }, () => words[Math.floor(random.next() * words.length)]);
    return `${seed}.${made} ${some.join(' ')}`;
  };
}
