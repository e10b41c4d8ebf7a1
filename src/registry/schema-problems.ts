import { z } from 'zod';
import { didYouMean } from '../platform/nearest-names.ts';
import type { Problem } from './problem.ts';

/** The value as the schema reads it, or all that the schema has against it, in words for the file's author. */
export function readWithSchema<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): { readonly value: z.output<Schema> | undefined; readonly problems: readonly Problem[] } {
  const parsed = schema.safeParse(value, { error: describe });
  if (parsed.success) return { value: parsed.data, problems: [] };
  return { value: undefined, problems: parsed.error.issues.flatMap(toProblems) };
}

function toProblems(issue: z.core.$ZodIssue): readonly Problem[] {
  if (issue.code === 'unrecognized_keys') {
    const texts = issue.message.split('\n');
    return issue.keys.map((key, index) => ({
      path: [...issue.path, key],
      message: texts[index] ?? 'is not a known key',
      atKey: true,
    }));
  }
  return [{ path: issue.path, message: issue.message, atKey: issue.code === 'invalid_key' }];
}

/** Says what is allowed, and never what stands there. `undefined` leaves it to the schema's own message. */
function describe(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys
        .map((key) => `is not a known key${didYouMean(key, knownKeys(issue.inst))}`)
        .join('\n');
    case 'invalid_type':
      return issue.input === undefined
        ? 'is missing'
        : `must be ${typeNames[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return oneOf(issue.values.map(String), issue.input);
    case 'invalid_union':
      return unionProblem(issue);
    case 'invalid_key':
      return 'is not a valid name';
    case 'too_small':
      return limit(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return limit(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    default:
      return undefined;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of keys to values',
};

function knownKeys(schema: unknown): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function unionProblem(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string | undefined {
  const { discriminator, options, input } = issue;
  if (input === undefined) return 'is missing';
  if (typeof input !== 'object' || input === null) return 'is of the wrong type';
  if (discriminator === undefined) return undefined;
  const value: unknown = Reflect.get(input, discriminator);
  return Array.isArray(options) ? oneOf(options.map(String), value) : undefined;
}

function oneOf(allowed: readonly string[], value: unknown): string {
  const list = allowed.map((item) => `"${item}"`).join(', ');
  return `must be one of ${list}${typeof value === 'string' ? didYouMean(value, allowed) : ''}`;
}

function limit(origin: string, relation: string, bound: number | bigint): string {
  const nouns: Readonly<Record<string, string>> = { array: 'entries', string: 'characters' };
  const noun = nouns[origin];
  return noun === undefined ? `must be ${relation} ${bound}` : `must have ${relation} ${bound} ${noun}`;
}
