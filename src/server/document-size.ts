import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** What an operation asks for, its fragments put in their places. */
export interface OperationSize {
  /** Fields at its top: each may be a generation. */
  rootFields: number;
  /** Fields that have a place of their own in the answer. */
  fields: number;
  /** Fields inside fields. */
  depth: number;
  /** How often a field stands inside itself, introspection apart: lists inside lists multiply. */
  recursion: number;
  /** Pairs of fields, and of fragments, that validation compares to see whether they merge. */
  comparisons: number;
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** A field and those around it. */
interface Step {
  readonly name: string;
  /** 1 at the top. */
  readonly depth: number;
  readonly outer: Step | undefined;
}

/** The selection sets that make up one object of the answer, and the field that it is in. */
interface Place {
  readonly sets: readonly SelectionSetNode[];
  readonly inside: Step | undefined;
}

/** Fragments inside fragments, or inside themselves, can ask for more fields than anybody can count. */
const mostCounted = 1001;

/** One size for each operation. Knows no schema and takes any document; the time grows with the fields that it counts. */
export function operationSizes({ definitions }: DocumentNode): readonly OperationSize[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return definitions
    .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    .map(({ selectionSet }) => sizeOf(selectionSet, fragments));
}

function sizeOf(root: SelectionSetNode, fragments: Fragments): OperationSize {
  const size = { rootFields: 0, fields: 0, depth: 0, recursion: 0, comparisons: 0 };
  const places: Place[] = [{ sets: [root], inside: undefined }];
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    const { sets, inside: outer } = place;
    const { fields, spreads } = collect(sets, fragments);
    if (outer === undefined) size.rootFields = fields.size;
    size.comparisons += spreads ** 2;
    for (const merged of fields.values()) {
      const step = { name: merged[0]?.name.value ?? '', depth: (outer?.depth ?? 0) + 1, outer };
      size.fields += 1;
      size.depth = Math.max(size.depth, step.depth);
      size.recursion = Math.max(size.recursion, recursionOf(step));
      size.comparisons += merged.length ** 2;
      if (size.fields >= mostCounted) return size;
      places.push({ sets: merged.flatMap(({ selectionSet }) => selectionSet ?? []), inside: step });
    }
  }
  return size;
}

/** The fields of one object by their names in the answer, and how many fragments are spread in it. */
function collect(sets: readonly SelectionSetNode[], fragments: Fragments) {
  const fields = new Map<string, FieldNode[]>();
  const seen = new Set<string>();
  let spreads = 0;
  const open = [...sets];
  for (let set = open.pop(); set !== undefined; set = open.pop()) {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) addField(fields, selection);
      if (selection.kind === Kind.INLINE_FRAGMENT) open.push(selection.selectionSet);
      if (selection.kind !== Kind.FRAGMENT_SPREAD) continue;
      spreads += 1;
      const fragment = fragments.get(selection.name.value);
      // Once: its fields are all there then, however often it is spread.
      if (fragment !== undefined && !seen.has(fragment.name.value)) open.push(fragment.selectionSet);
      seen.add(selection.name.value);
    }
  }
  return { fields, spreads };
}

function addField(fields: Map<string, FieldNode[]>, field: FieldNode): void {
  const name = (field.alias ?? field.name).value;
  const same = fields.get(name);
  if (same === undefined) fields.set(name, [field]);
  else same.push(field);
}

/** How often the name of a field stands on the way to it, itself included. */
function recursionOf({ name, outer }: Step): number {
  let count = 1;
  let top = name;
  for (let step = outer; step !== undefined; step = step.outer) {
    if (step.name === name) count += 1;
    top = step.name;
  }
  return top.startsWith('__') ? 0 : count;
}
