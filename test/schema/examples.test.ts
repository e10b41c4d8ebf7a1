import { readdir, readFile } from 'node:fs/promises';
import { parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../schema/index.ts';

const folder = new URL('../../examples/', import.meta.url);
const files = (await readdir(folder)).filter((name) => name.endsWith('.graphql'));

describe('every example operation is valid in the schema', () => {
  test.for(files)('%s', async (name) => {
    const text = await readFile(new URL(name, folder), 'utf8');
    expect(validate(schema, parse(text))).toEqual([]);
  });
});
