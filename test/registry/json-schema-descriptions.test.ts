import { expect, test } from 'vitest';
import { z } from 'zod';
import { driverOptionsSchemas } from '../../adapters/index.ts';
import { catalogJsonSchema } from '../../src/registry/catalog-schema.ts';

/** Names of a record are the user's own, so only `properties` counts as naming keys of the file. */
const propertiesSchema = z.record(z.string(), z.looseObject({ description: z.string().optional() }));

/** Paths of the keys of the file that an editor would show without a word about them. */
function undescribed(schema: unknown, path = ''): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key !== 'properties') return undescribed(value, Array.isArray(schema) ? `${path}[${key}]` : path);
    return Object.entries(propertiesSchema.parse(value)).flatMap(([name, property]) => {
      const inner = undescribed(property, `${path}.${name}`);
      return property.description ? inner : [`${path}.${name}`, inner].flat();
    });
  });
}

test('every key of the catalogue file has a description', () => {
  expect(undescribed(catalogJsonSchema(driverOptionsSchemas))).toEqual([]);
});

test('a key without a description is found', () => {
  const schema = z.object({ outer: z.array(z.object({ inner: z.string() })).describe('Known.') });
  expect(undescribed(z.toJSONSchema(schema))).toEqual(['.outer.inner']);
});
