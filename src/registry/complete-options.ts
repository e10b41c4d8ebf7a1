import { z } from 'zod';
import type { DriverOptionsSchemas } from './catalog-schema.ts';
import type { Problem } from './problem.ts';

/** What a deployment says of its model. Drivers that cannot find it out themselves have options of the same names. */
const traits = new Set(['capabilities', 'contextTokens', 'samplingParameters']);

export interface DriverFacts {
  readonly drivers: DriverOptionsSchemas;
  /** Options of this run by kind, for deployments that do not set them, such as the hub's token for `onnx`. */
  readonly driverDefaults?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * Fills the options of every deployment that its driver knows and it does not set itself: with what the deployment declares
 * beside them, so that this is written in one place for every kind, and with those of this run.
 */
export function completeOptions(content: unknown, facts: DriverFacts): unknown {
  const deployments = deploymentsOf(content);
  if (!isRecord(content) || deployments === undefined) return content;
  return { ...content, deployments: deployments.map((entry) => withOptions(entry, facts)) };
}

/** A problem of an option that was filled in is one of the line it came from. */
export function atItsOrigin(problem: Problem, content: unknown): Problem {
  const [list, index, options, trait, ...rest] = problem.path;
  if (list !== 'deployments' || options !== 'options' || !traits.has(String(trait))) return problem;
  const entry = deploymentsOf(content)?.[Number(index)];
  const written =
    isRecord(entry) && isRecord(entry['options']) && Object.hasOwn(entry['options'], String(trait));
  return written ? problem : { ...problem, path: [list, Number(index), String(trait), ...rest] };
}

function withOptions(entry: unknown, { drivers, driverDefaults = {} }: DriverFacts): unknown {
  if (!isRecord(entry)) return entry;
  const { kind, options = {} } = entry;
  if (!isRecord(options) || typeof kind !== 'string') return entry;
  const known = new Set(optionNames(drivers[kind]));
  const declared = Object.entries(entry).filter(([name]) => traits.has(name));
  const given = [...Object.entries(driverDefaults[kind] ?? {}), ...declared];
  const filled = given.filter(([name, value]) => known.has(name) && value !== undefined);
  return { ...entry, options: { ...Object.fromEntries(filled), ...options } };
}

function optionNames(schema: z.ZodType | undefined): readonly string[] {
  if (schema === undefined) return [];
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  return Object.keys(properties);
}

function deploymentsOf(content: unknown): readonly unknown[] | undefined {
  if (!isRecord(content)) return undefined;
  const deployments: unknown = content['deployments'];
  return Array.isArray(deployments) ? deployments : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
