import type { CompiledGrammar, GrammarCompiler } from '@mlc-ai/web-xgrammar';
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { AdapterError } from '../../../errors.ts';
import type { TokenConstraint } from '../token-constraint.ts';
import type { AnswerForm } from './answer-form.ts';
import { GrammarConstraint, type GrammarConstraintOptions } from './grammar-constraint.ts';
import { longestLeastLength } from './least-length.ts';
import { emptyTokenBits, type TokenBits } from './token-bits.ts';
import { createToolCallText, toolCallTags } from './tool-call-text.ts';
import { controlTokens, tokensOf, type Vocabulary } from './vocabulary.ts';
import { closingTexts, quote, textMarks } from './way-out.ts';
import { loadXGrammar, type XGrammar } from './xgrammar.ts';

/** Keeps answers of one model to their forms. */
export interface GrammarEngine {
  /**
   * What keeps one answer to the form. The budget is how many tokens it may have. Rejects with `AdapterError('invalid-request')` for
   * a form that cannot be met within it.
   */
  constrain(form: AnswerForm, budget: number): Promise<TokenConstraint>;
}

/** Loads the grammar engine with the first form: most models never need it. */
export function createGrammarEngine(vocabulary: () => Vocabulary): GrammarEngine {
  let loading: Promise<LoadedEngine> | undefined;
  return {
    async constrain(form, budget) {
      const engine = await (loading ??= load(vocabulary()));
      return await constrain(engine, form, budget);
    },
  };
}

interface LoadedEngine {
  readonly xgrammar: XGrammar;
  readonly compiler: GrammarCompiler;
  readonly compiled: LRUCache<string, CompiledGrammar>;
  readonly vocabulary: Vocabulary;
  readonly control: TokenBits;
  readonly noTokens: TokenBits;
  readonly exits: GrammarConstraintOptions['exits'];
}

/** Grammars that are kept compiled; large ones take a second to make. */
const maxCompiled = 64;

async function load(vocabulary: Vocabulary): Promise<LoadedEngine> {
  const { tokens, type, size, endTokens } = vocabulary;
  const xgrammar = await loadXGrammar();
  const info = await xgrammar.TokenizerInfo.createTokenizerInfo([...tokens], type, false, size, [
    ...endTokens,
  ]);
  return {
    xgrammar,
    compiler: await xgrammar.GrammarCompiler.createGrammarCompiler(info, false),
    compiled: new LRUCache<string, CompiledGrammar>({
      max: maxCompiled,
      dispose: (grammar) => grammar.dispose(),
    }),
    vocabulary,
    control: controlTokens(vocabulary),
    noTokens: emptyTokenBits(size),
    exits: {
      closing: tokensOf(closingTexts, vocabulary),
      marks: tokensOf(textMarks, vocabulary),
      inText: tokensOf([quote, 'a'], vocabulary),
    },
  };
}

async function constrain(engine: LoadedEngine, form: AnswerForm, budget: number): Promise<TokenConstraint> {
  const { xgrammar, vocabulary, control, noTokens, exits } = engine;
  const grammar = await compile(engine, form);
  const constraint = await GrammarConstraint.begin({
    matcher: await xgrammar.GrammarMatcher.createGrammarMatcher(grammar),
    endTokens: vocabulary.endTokens,
    textOf: vocabulary.textOf,
    inJson: form.type === 'json' ? undefined : argumentsWatcher(),
    growth: 2 * Math.max(...schemasOf(form).map(longestLeastLength)),
    control,
    noTokens,
    exits,
    budget,
  });
  const { leastTokens } = constraint;
  if (leastTokens !== undefined && leastTokens <= budget) return constraint;
  constraint.close();
  throw tooTight(leastTokens, budget);
}

/** Words around a tool call may have any character. */
function argumentsWatcher(): (added: string) => boolean {
  const text = createToolCallText();
  return (added) => {
    text.push(added);
    return text.inArguments;
  };
}

function schemasOf(form: AnswerForm): AnswerSchemas {
  return form.type === 'json' ? [form.schema] : form.tools.map(({ parameters }) => parameters);
}
type AnswerSchemas = readonly Extract<AnswerForm, { type: 'json' }>['schema'][];

async function compile({ compiler, compiled }: LoadedEngine, form: AnswerForm): Promise<CompiledGrammar> {
  const key = hash('sha256', JSON.stringify(form));
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const grammar = await compileForm(compiler, form);
  compiled.set(key, grammar);
  return grammar;
}

async function compileForm(compiler: GrammarCompiler, form: AnswerForm): Promise<CompiledGrammar> {
  switch (form.type) {
    case 'json':
      // On one line: a small model that may break lines at will writes little else.
      return await compiler.compileJSONSchema(JSON.stringify(form.schema), false, -1, [', ', ': '], true);
    case 'tool-calls': {
      const tags = form.tools.map(({ name, parameters }) => ({
        type: 'tag' as const,
        begin: toolCallTags.begin(name),
        content: { type: 'json_schema' as const, json_schema: parameters },
        end: toolCallTags.end,
      }));
      return await compiler.compileStructuralTag(
        form.required
          ? { type: 'structural_tag', format: { type: 'or', elements: tags } }
          : {
              type: 'structural_tag',
              format: {
                type: 'triggered_tags',
                triggers: [toolCallTags.trigger],
                tags,
                stop_after_first: true,
              },
            },
      );
    }
  }
}

function tooTight(leastTokens: number | undefined, budget: number): AdapterError {
  const needed =
    leastTokens === undefined ? 'no finite answer was found for it' : `it needs ${leastTokens} tokens`;
  const requestFault = `The form of the answer cannot be met within ${budget} tokens: ${needed}; raise sampling.maxOutputTokens or simplify the schema`;
  return new AdapterError('invalid-request', requestFault, { requestFault });
}
