import type { ExpectedDimension, ExpectedPort, ExpectedPorts } from './expected-ports.ts';
import type { GraphPort } from './graph-port.ts';
import type { GraphPorts } from './read-graph.ts';

/** Where a graph takes or gives something else than expected: the rest of a sentence that begins with it. */
export function findPortProblem(graph: GraphPorts, expected: ExpectedPorts): string | undefined {
  return (
    firstProblem(expected.inputs, (port) => problemOf(port, graph.inputs, 'input')) ??
    firstProblem(expected.outputs, (port) => problemOf(port, graph.outputs, 'output')) ??
    firstProblem(graph.inputs, ({ name }) =>
      expected.inputs.some((port) => port.name === name)
        ? undefined
        : `needs an input "${name}" that this gateway does not know`,
    ) ??
    mixedCaches(graph.inputs)
  );
}

function firstProblem<Item>(
  items: readonly Item[],
  find: (item: Item) => string | undefined,
): string | undefined {
  for (const item of items) {
    const problem = find(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOf(
  expected: ExpectedPort,
  ports: readonly GraphPort[],
  kind: 'input' | 'output',
): string | undefined {
  const port = ports.find(({ name }) => name === expected.name);
  if (port === undefined) return expected.optional === true ? undefined : `has no ${kind} "${expected.name}"`;
  if (port.type === undefined || !expected.types.includes(port.type))
    return `has an ${kind} "${port.name}" of ${port.type ?? 'no tensor'}; expected is ${expected.types.join(' or ')}`;
  if (port.dimensions === undefined || fits(port.dimensions, expected.dimensions)) return undefined;
  return `has an ${kind} "${port.name}" of ${written(port.dimensions)}; expected is ${written(expected.dimensions)}`;
}

function fits(
  dimensions: NonNullable<GraphPort['dimensions']>,
  expected: readonly ExpectedDimension[],
): boolean {
  return (
    dimensions.length === expected.length &&
    expected.every((wanted, index) => fitsOne(dimensions[index], wanted))
  );
}

function fitsOne(dimension: number | undefined, expected: ExpectedDimension): boolean {
  if (dimension === undefined) return true;
  return expected === 'rows' ? dimension === 1 : dimension === expected;
}

/** `*` is any number. */
function written(dimensions: readonly (ExpectedDimension | undefined)[]): string {
  return `[${dimensions.map((dimension) => (typeof dimension === 'number' ? dimension : '*')).join(', ')}]`;
}

/** The engine makes all caches of one element type. */
function mixedCaches(inputs: readonly GraphPort[]): string | undefined {
  const types = new Set(
    inputs.filter(({ name }) => name.startsWith('past_key_values.')).map(({ type }) => type),
  );
  return types.size > 1 ? `takes caches of different element types, ${[...types].join(' and ')}` : undefined;
}
