import { readFile } from 'node:fs/promises';

/** Order of the tabs in GraphiQL. */
const names = [
  'first-answer',
  'first-stream',
  'conversation',
  'several-at-once',
  'which-model-and-why',
  'catalogue',
  'embed',
];

export interface Example {
  readonly name: string;
  readonly query: string;
}

/** The example operations, which run as they are. */
export async function readExamples(): Promise<readonly Example[]> {
  return await Promise.all(
    names.map(async (name) => ({
      name,
      query: await readFile(new URL(`../../examples/${name}.graphql`, import.meta.url), 'utf8'),
    })),
  );
}
