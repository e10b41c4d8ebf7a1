import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Alias,
  type Document,
  type Node,
} from 'yaml';
import type { Path, Problem } from './problem.ts';

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

export interface SyntaxProblem {
  readonly position: Position;
  readonly message: string;
}

/** A YAML file that remembers where everything stands. */
export interface YamlSource {
  readonly document: Document;
  /** What is not YAML; where there is any, the rest cannot be trusted. */
  readonly syntaxProblems: readonly SyntaxProblem[];
  /** Where a problem is: at the value, at the key, or at the nearest thing around what is missing. */
  locate(problem: Problem): Position;
  positionOf(node: Node): Position;
}

export function parseYaml(text: string): YamlSource {
  const lines = new LineCounter();
  // Pretty errors would quote the line, and with it perhaps a key.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const positionOf = (node: Node) => positionAt(startOf(node));
  return {
    document,
    syntaxProblems: [
      ...[...document.errors, ...document.warnings].map(({ pos, code, message }) => ({
        position: positionAt(pos[0]),
        message: code === 'MULTIPLE_DOCS' ? 'a second document begins; the file must have one' : message,
      })),
      ...danglingAliases(document).map((alias) => ({
        position: positionOf(alias),
        message: `no anchor &${alias.source} stands before *${alias.source}`,
      })),
    ],
    locate: ({ path, atKey = false }) => positionAt(offsetOf(document, path, atKey)),
    positionOf,
  };
}

function danglingAliases(document: Document): readonly Alias[] {
  const found: Alias[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) === undefined) found.push(alias);
    },
  });
  return found;
}

function offsetOf(document: Document, path: Path, atKey: boolean): number {
  let here: unknown = document.contents;
  let offset = startOf(here);
  for (const [index, step] of path.entries()) {
    const inner = child(resolved(here, document), step);
    if (inner === undefined) return offset;
    offset = startOf(atKey && index === path.length - 1 ? inner.key : inner.value);
    here = inner.value;
  }
  return offset;
}

function child(
  node: unknown,
  step: PropertyKey,
): { readonly key: unknown; readonly value: unknown } | undefined {
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step];
    return item === undefined ? undefined : { key: item, value: item };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return pair === undefined ? undefined : { key: pair.key, value: pair.value ?? pair.key };
}

/** What an alias (`*name`) stands for. */
function resolved(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function startOf(node: unknown): number {
  if (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) return node.range?.[0] ?? 0;
  return 0;
}
