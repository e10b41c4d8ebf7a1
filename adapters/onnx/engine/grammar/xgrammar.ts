import type { GrammarCompiler, GrammarMatcher, TokenizerInfo } from '@mlc-ai/web-xgrammar';
import { readFile } from 'node:fs/promises';
import { createRequire, Module } from 'node:module';

/** The grammar engine: XGrammar, compiled to WebAssembly. */
export interface XGrammar {
  readonly GrammarCompiler: typeof GrammarCompiler;
  readonly GrammarMatcher: typeof GrammarMatcher;
  readonly TokenizerInfo: typeof TokenizerInfo;
}

/**
 * Loads the engine. Its package calls itself an ES module, but its one file is CommonJS and fails when it is loaded as what it claims to
 * be, so it is given to the module system as what it is.
 */
export async function loadXGrammar(): Promise<XGrammar> {
  const file = createRequire(import.meta.url).resolve('@mlc-ai/web-xgrammar');
  const module = new Module(file);
  // The third argument says what the text is; without it the package's own claim would count again.
  const compile: unknown = Reflect.get(module, '_compile');
  if (typeof compile !== 'function')
    throw new Error('this version of Node.js cannot load the grammar engine');
  Reflect.apply(compile, module, [await readFile(file, 'utf8'), file, 'commonjs']);
  const loaded: unknown = module.exports;
  if (!isXGrammar(loaded)) throw new Error('the grammar engine does not export what it should');
  return loaded;
}

function isXGrammar(exports: unknown): exports is XGrammar {
  return (
    typeof exports === 'object' &&
    exports !== null &&
    ['GrammarCompiler', 'GrammarMatcher', 'TokenizerInfo'].every((name) => name in exports)
  );
}
