import { readFile } from 'node:fs/promises';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../schema/index.ts';

test('schema.graphql is the schema, sorted (npm run generate writes it)', async () => {
  const written = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8');
  expect(written).toBe(`${printSchema(lexicographicSortSchema(schema))}\n`);
});
