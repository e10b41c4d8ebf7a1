import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createAdapter, driverOptionsSchemas } from '../../adapters/index.ts';
import { conformanceContext } from '../conformance/fixture.ts';
import { partsOf, textOf } from '../conformance/observe.ts';
import { ask } from './scripted/open.ts';

const optionsByKind = {
  onnx: { model: 'tiny' },
  openai: { model: 'gpt-test', baseUrl: 'http://127.0.0.1:9/v1' },
  scripted: {},
};

test('there is a case for every kind', () => {
  expect(Object.keys(driverOptionsSchemas)).toEqual(Object.keys(optionsByKind));
});

test.each(Object.entries(optionsByKind))('%s makes an adapter of its own kind', async (kind, options) => {
  const adapter = await createAdapter(
    { kind, options: driverOptionsSchemas[kind]?.parse(options) },
    conformanceContext(),
  );
  expect(adapter.kind).toBe(kind);
  await adapter.close();
});

test('an adapter of the factory serves calls', async () => {
  const options = driverOptionsSchemas['scripted']?.parse({});
  const adapter = await createAdapter({ kind: 'scripted', options }, conformanceContext());
  expect(textOf(await partsOf(adapter, ask('Hello')))).toBe('Hello');
  await adapter.close();
});

test.each(['onyx', 'constructor', ''])(
  'the kind "%s" is refused with the names of the others',
  async (kind) => {
    await expect(
      createAdapter({ kind, options: {} }, conformanceContext({ deployment: 'small' })),
    ).rejects.toThrow(
      `deployment "small" is of the kind "${kind}", which must be one of "onnx", "openai", "scripted"`,
    );
  },
);

test('the table alone loads no driver', async () => {
  const script = `
    import { registerHooks } from 'node:module';
    registerHooks({ load(url, context, next) { console.log(url); return next(url, context); } });
    await import(${JSON.stringify(new URL('../../adapters/index.ts', import.meta.url).href)});`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--input-type=module', '--eval', script],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)) },
  );
  const loaded = stdout.split('\n');
  expect(loaded.some((url) => url.endsWith('/adapters/openai/options.ts'))).toBe(true);
  const heavy = /node_modules\/(openai|undici|onnxruntime-node|@huggingface)\/|\/adapters\/\w+\/index\.ts$/;
  expect(loaded.filter((url) => heavy.test(url))).toEqual([]);
});
