import { expect, test } from 'vitest';
import { catalogJsonSchema } from '../../src/registry/catalog-schema.ts';
import { realDrivers } from './real-drivers.ts';

test('switchyard.schema.json is current', async () => {
  const text = `${JSON.stringify(catalogJsonSchema(realDrivers), null, 2)}\n`;
  // `npx vitest run --project unit test/registry/json-schema.test.ts --update` writes the file anew.
  await expect(text).toMatchFileSnapshot('../../switchyard.schema.json');
});
