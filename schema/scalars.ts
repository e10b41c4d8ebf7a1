import { GraphQLError, Kind, valueFromASTUntyped } from 'graphql';
import type { JsonValue } from '../adapters/contract.ts';
import { isJson } from '../src/domain/json.ts';
import { builder } from './builder.ts';

builder.scalarType('DateTime', {
  description: 'A moment in UTC, as ISO 8601 text with milliseconds.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time',
  serialize: (date) => date.toISOString(),
  parseValue: (value) => {
    const date = typeof value === 'string' ? new Date(value) : undefined;
    if (date !== undefined && !Number.isNaN(date.getTime())) return date;
    throw new GraphQLError('A DateTime is ISO 8601 text, such as "2027-01-01T00:00:00Z".');
  },
});

builder.scalarType('SafeInt', {
  description: 'A whole number of up to 53 bits: byte counts and nano-dollars outgrow Int.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    throw new GraphQLError('A SafeInt is a whole number between -(2^53 - 1) and 2^53 - 1.');
  },
});

builder.scalarType('JSON', {
  description: 'Any JSON value, nested at most 64 deep.',
  serialize: (value) => value,
  parseValue: readJson,
  parseLiteral: (node, variables) => {
    if (node.kind === Kind.VARIABLE) throw new GraphQLError('A variable cannot stand inside JSON.');
    return readJson(valueFromASTUntyped(node, variables));
  },
});

function readJson(value: unknown): JsonValue {
  if (isJson(value)) return value;
  throw new GraphQLError('A JSON value is needed, nested at most 64 deep.');
}
