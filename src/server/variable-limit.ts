import { GraphQLError } from 'graphql';

/**
 * Most values in the variables of an operation, those inside lists and objects included: each is checked against its type in one go, at some
 * 2 microseconds. A thousand messages, more than are taken, have 6000.
 */
const maxValues = 20_000;

/** Most lists and objects inside each other: what reads them further on recurses. Schemas of tools, the deepest there are, have some 30. */
const maxDepth = 100;

/** Why the variables are not even looked at, or `undefined`. */
export function refusalOfVariables(variables: unknown): GraphQLError | undefined {
  let values = 0;
  let depth = 0;
  let level = [variables].filter(isNested);
  while (level.length > 0) {
    depth += 1;
    if (depth > maxDepth + 1) return refusal(`are nested more than ${maxDepth} levels deep, the limit`);
    const next: object[] = [];
    for (const nested of level) {
      const inner: readonly unknown[] = Array.isArray(nested) ? nested : Object.values(nested);
      values += inner.length;
      if (values > maxValues) return refusal(`hold more than ${maxValues} values, the limit`);
      next.push(...inner.filter(isNested));
    }
    level = next;
  }
  return undefined;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function refusal(what: string): GraphQLError {
  return new GraphQLError(`The variables ${what}.`, {
    extensions: { code: 'VARIABLES_TOO_LARGE', http: { status: 400, spec: true } },
  });
}
