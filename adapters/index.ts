import type { z } from 'zod';
import type { AdapterContext, ModelAdapter } from './contract.ts';
import { onnxOptionsSchema } from './onnx/options.ts';
import { openAiOptionsSchema } from './openai/options.ts';
import { scriptedOptionsSchema } from './scripted/options.ts';

export { createLocalResources } from './onnx/local-resources.ts';

/** Every driver. A schema is light; the driver behind it is imported when the first deployment of its kind is created. */
const drivers: Readonly<Record<string, Driver>> = {
  onnx: driver(onnxOptionsSchema, async () => (await import('./onnx/index.ts')).createOnnxAdapter),
  openai: driver(openAiOptionsSchema, async () => (await import('./openai/index.ts')).createOpenAiAdapter),
  scripted: driver(
    scriptedOptionsSchema,
    async () => (await import('./scripted/index.ts')).createScriptedAdapter,
  ),
};

/** By kind: what the options of a deployment may be. */
export const driverOptionsSchemas: Readonly<Record<string, z.ZodType>> = Object.fromEntries(
  Object.entries(drivers).map(([kind, { options }]) => [kind, options]),
);

export interface AdapterSpec {
  /** A key of `driverOptionsSchemas`. */
  readonly kind: string;
  /** As the kind's schema has read them: defaults are filled in. */
  readonly options: unknown;
}

/** Makes the adapter of one deployment. Rejects where there is no such kind. */
export async function createAdapter(
  { kind, options }: AdapterSpec,
  context: AdapterContext,
): Promise<ModelAdapter> {
  const found = Object.hasOwn(drivers, kind) ? drivers[kind] : undefined;
  if (found === undefined) {
    const kinds = Object.keys(drivers).map((known) => `"${known}"`);
    throw new Error(
      `deployment "${context.deployment}" is of the kind "${kind}", which must be one of ${kinds.join(', ')}`,
    );
  }
  return await found.create(options, context);
}

interface Driver {
  readonly options: z.ZodType;
  create(options: unknown, context: AdapterContext): Promise<ModelAdapter>;
}

type Factory<Options> = (options: Options, context: AdapterContext) => ModelAdapter;

function driver<Schema extends z.ZodType>(
  options: Schema,
  load: () => Promise<Factory<z.output<Schema>>>,
): Driver {
  return {
    options,
    async create(read, context) {
      const createDriver = await load();
      // The schema has read them already, and need not read its own output: it may have turned a text into something else.
      return createDriver(read as z.output<Schema>, context);
    },
  };
}
