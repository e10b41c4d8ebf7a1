import { expect, test } from 'vitest';
import { catalogJsonSchema } from '../../src/registry/catalog-schema.ts';
import { driverOptionsSchemas } from '../../adapters/index.ts';

test('switchyard.schema.json is current', async () => {
  const text = `${JSON.stringify(catalogJsonSchema(driverOptionsSchemas), null, 2)}\n`;
  // `npx vitest run --project unit test/registry/json-schema.test.ts --update` writes the file anew.
  await expect(text).toMatchFileSnapshot('../../switchyard.schema.json');
});
