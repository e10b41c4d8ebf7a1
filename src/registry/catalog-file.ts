import { ConfigurationError } from '../platform/configuration-error.ts';
import { escapeControls } from '../platform/control-characters.ts';
import { declare } from './catalog-declaration.ts';
import { ruleProblems } from './catalog-rules.ts';
import { catalogSchema } from './catalog-schema.ts';
import type { CatalogDeclaration } from './catalog.ts';
import { atItsOrigin, completeOptions, type DriverFacts } from './complete-options.ts';
import { resolveReferences } from './environment-references.ts';
import { formatPath, type Problem } from './problem.ts';
import { readWithSchema } from './schema-problems.ts';
import { parseYaml, type Position, type YamlSource } from './yaml-source.ts';

export interface CatalogFileOptions extends DriverFacts {
  /** How messages call the file. */
  readonly file: string;
  /** Where `${NAME}` gets its value. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads the text of a catalogue file.
 * @throws ConfigurationError with all problems of the file, a line each: `switchyard.yaml:12:5 deployments[0].quality: ...`.
 */
export function readCatalogFile(text: string, options: CatalogFileOptions): CatalogDeclaration {
  const { file, env } = options;
  const source = parseYaml(text);
  const fail = (lines: readonly Line[]) => new ConfigurationError(format(file, lines));
  if (source.syntaxProblems.length > 0) throw fail(source.syntaxProblems);
  const missing = resolveReferences(source.document, env);
  const content = contentOf(source);
  const { value, problems } = readWithSchema(
    catalogSchema(options.drivers),
    completeOptions(content, options),
  );
  const written = problems.map((problem) => atItsOrigin(problem, content));
  const unresolved = missing.map(({ node, message }) => ({ position: source.positionOf(node), message }));
  const others = [...written, ...ruleProblems(content)].map((problem) => toLine(problem, source));
  // What else is wrong with a value that could not be filled in is of no interest.
  const lines = [...unresolved, ...others.filter(({ position }) => !unresolved.some(isAt(position)))];
  if (value === undefined || lines.length > 0) throw fail(lines);
  return declare(value);
}

/** An empty file is an empty mapping, so that what is missing gets named. */
function contentOf({ document }: YamlSource): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    // Aliases that multiply beyond measure; where they stand, the parser does not say.
    throw new ConfigurationError(`The catalogue cannot be expanded: ${String(error)}.`, { cause: error });
  }
}

interface Line {
  readonly position: Position;
  readonly message: string;
}

function isAt({ line, column }: Position) {
  return (other: Line) => other.position.line === line && other.position.column === column;
}

function toLine(problem: Problem, source: YamlSource): Line {
  const path = formatPath(problem.path);
  return {
    position: source.locate(problem),
    message: path === '' ? problem.message : `${path}: ${problem.message}`,
  };
}

/** In the order of the file; the same thing is not said twice. */
function format(file: string, lines: readonly Line[]): string {
  const texts = lines
    .toSorted((a, b) => a.position.line - b.position.line || a.position.column - b.position.column)
    .map(({ position, message }) => escapeControls(`${file}:${position.line}:${position.column} ${message}`));
  return [...new Set(texts)].join('\n');
}
