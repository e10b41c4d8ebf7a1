import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from '../../schema/index.ts';

/** Writes the sorted schema to standard output; `npm run generate` puts it into `schema.graphql`. */
export function writeSchema(): Promise<void> {
  process.stdout.write(`${printSchema(lexicographicSortSchema(schema))}\n`);
  return Promise.resolve();
}
