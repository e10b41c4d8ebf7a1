import { visit, type Document, type Scalar } from 'yaml';

export interface MissingReference {
  readonly node: Scalar;
  readonly message: string;
}

/** `$${` is a literal `${`; the last branch finds one that is never closed. */
const reference = /\$\$\{|\$\{([^}]*)\}|\$\{/g;

/**
 * Puts the environment's values where the strings of a document say `${NAME}` or `${NAME:-default}`. An empty variable counts
 * as not set. Returns what could not be resolved.
 */
export function resolveReferences(
  document: Document,
  env: Readonly<Record<string, string | undefined>>,
): readonly MissingReference[] {
  const missing: MissingReference[] = [];
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string') return;
      node.value = node.value.replace(reference, (whole: string, inner: string | undefined) => {
        if (whole === '$${') return '${';
        const value = lookUp(inner, env);
        if (value.found) return value.text;
        missing.push({ node, message: value.message });
        return whole;
      });
    },
  });
  return missing;
}

type LookUp =
  | { readonly found: true; readonly text: string }
  | { readonly found: false; readonly message: string };

function lookUp(inner: string | undefined, env: Readonly<Record<string, string | undefined>>): LookUp {
  const match = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inner ?? '');
  const name = match?.[1];
  if (name === undefined) {
    return {
      found: false,
      message: 'a reference is written ${NAME} or ${NAME:-default}; a literal ${ is written $${',
    };
  }
  const text = env[name] === '' ? match?.[2] : (env[name] ?? match?.[2]);
  if (text === undefined) {
    return {
      found: false,
      message: `the environment variable ${name} is not set; set it, or write \${${name}:-default}`,
    };
  }
  return { found: true, text };
}
