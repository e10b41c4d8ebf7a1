import type { CompiledGrammar, GrammarCompiler, StructuralTagFormat, TagFormat } from '@mlc-ai/web-xgrammar';
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { JsonObject } from '../../../contract.ts';
import { AdapterError } from '../../../errors.ts';
import type { TokenConstraint } from '../token-constraint.ts';
import type { AnswerForm } from './answer-form.ts';
import { createAnswerRules, type AnswerRules } from './answer-rules.ts';
import { AnswerPosition } from './answer-position.ts';
import { GrammarConstraint } from './grammar-constraint.ts';
import { leastTexts } from './least-texts.ts';
import { schemaGrammar } from './schema-grammar.ts';
import { lengthMarks, type TextLength } from './text-lengths.ts';
import { bytesOf, writtenToken } from './token-texts.ts';
import { toolCallTags } from './tool-call-text.ts';
import { createVocabulary, type Vocabulary, type VocabularySource } from './vocabulary.ts';
import { createWaysOut, type WaysOut } from './way-out.ts';
import { createTurns, type InTurn } from './turns.ts';
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
export function createGrammarEngine(source: () => VocabularySource): GrammarEngine {
  let loading: Promise<LoadedEngine> | undefined;
  return {
    async constrain(form, budget) {
      try {
        const engine = await (loading ??= load(source()));
        return await constrain(engine, form, budget);
      } catch (error) {
        // After an error of its own the engine is of no more use.
        if (!(error instanceof AdapterError)) loading = undefined;
        throw error;
      }
    },
  };
}

interface LoadedEngine {
  readonly xgrammar: XGrammar;
  readonly compiler: GrammarCompiler;
  readonly prepared: LRUCache<string, PreparedForm>;
  readonly inTurn: InTurn;
  readonly vocabulary: Vocabulary;
}

/** What is kept of a form for the next answer. */
interface PreparedForm {
  readonly grammar: CompiledGrammar;
  readonly rules: AnswerRules;
  readonly waysOut: WaysOut;
  readonly growth: number;
  readonly maxFirstWay: number;
}

/** Forms that are kept; preparing one takes tenths of a second, and each takes up to some megabytes. */
const maxPrepared = 32;

async function load(source: VocabularySource): Promise<LoadedEngine> {
  const inTurn = createTurns();
  const vocabulary = await inTurn(() => Promise.resolve(createVocabulary(source)));
  const { tokens, type, size, endTokens } = vocabulary;
  const xgrammar = await loadXGrammar();
  const marks = lengthMarks.map((mark) => writtenToken(mark, type));
  const padded = Array.from({ length: size }, (_, token) => tokens[token] ?? '');
  const info = await inTurn(() =>
    xgrammar.TokenizerInfo.createTokenizerInfo([...padded, ...marks], type, false, size + marks.length, [
      ...endTokens,
    ]),
  );
  return {
    xgrammar,
    compiler: await xgrammar.GrammarCompiler.createGrammarCompiler(info, false),
    prepared: new LRUCache<string, PreparedForm>({
      max: maxPrepared,
      dispose: ({ grammar }) => grammar.dispose(),
    }),
    vocabulary,
    inTurn,
  };
}

async function constrain(engine: LoadedEngine, form: AnswerForm, budget: number): Promise<TokenConstraint> {
  const { xgrammar, vocabulary } = engine;
  const { grammar, ...others } = await prepared(engine, form, budget);
  const constraint = new GrammarConstraint({
    ...others,
    matcher: await xgrammar.GrammarMatcher.createGrammarMatcher(grammar),
    vocabulary,
    position: new AnswerPosition(mayUseWords(form) ? bytesOf(toolCallTags.trigger) : undefined),
    budget,
  });
  const { leastTokens } = constraint;
  if (leastTokens !== undefined && leastTokens <= budget) return constraint;
  constraint.close();
  throw tooTight(leastTokens, budget);
}

function mayUseWords(form: AnswerForm): boolean {
  return form.type === 'tool-calls' && !form.required;
}

async function prepared(engine: LoadedEngine, form: AnswerForm, budget: number): Promise<PreparedForm> {
  const key = hash('sha256', JSON.stringify(form));
  const known = engine.prepared.get(key);
  if (known !== undefined) return known;
  return await engine.inTurn(async () => {
    const meanwhile = engine.prepared.get(key);
    if (meanwhile !== undefined) return meanwhile;
    const made = await prepare(engine, form, budget);
    engine.prepared.set(key, made);
    return made;
  });
}

async function prepare(engine: LoadedEngine, form: AnswerForm, budget: number): Promise<PreparedForm> {
  const { vocabulary } = engine;
  const schemas = schemasOf(form);
  const lengths: TextLength[] = [];
  const grammars = schemas.map((schema) => schemaGrammar(schema, lengths));
  const least = schemas.map(leastTexts);
  // Of a text that nobody waits for the end no grammar is made.
  if (least.some(({ whole }) => whole === undefined)) throw tooTight(undefined, budget);
  // A token opens two values at most, within one that it may have closed as well.
  const growth = 3 * Math.max(...least.map((texts) => texts.growth)) + overhead(form);
  return {
    grammar: await compile(engine.compiler, form, grammars),
    rules: createAnswerRules(vocabulary, lengths),
    waysOut: createWaysOut({
      vocabulary,
      lengths,
      values: least.flatMap(({ values }) => values),
    }),
    maxFirstWay: Math.max(...least.map(({ whole = 0 }) => whole)) + growth,
    growth,
  };
}

function schemasOf(form: AnswerForm): readonly JsonObject[] {
  return form.type === 'json' ? [form.schema] : form.tools.map(({ parameters }) => parameters);
}

/** Characters around the arguments of a call. */
function overhead(form: AnswerForm): number {
  if (form.type === 'json') return 0;
  return Math.max(...form.tools.map(({ name }) => toolCallTags.begin(name).length)) + toolCallTags.end.length;
}

async function compile(
  compiler: GrammarCompiler,
  form: AnswerForm,
  grammars: readonly string[],
): Promise<CompiledGrammar> {
  if (form.type === 'json') return await compiler.compileGrammar(grammars.join(''));
  const tags = form.tools.map(({ name }, index) => ({
    type: 'tag' as const,
    begin: toolCallTags.begin(name),
    content: { type: 'grammar' as const, grammar: grammars[index] ?? '' },
    end: toolCallTags.end,
  }));
  return await compiler.compileStructuralTag({
    type: 'structural_tag',
    format: callFormat(form.required, tags),
  });
}

function callFormat(required: boolean, tags: TagFormat[]): StructuralTagFormat {
  return required
    ? { type: 'or', elements: tags }
    : { type: 'triggered_tags', triggers: [toolCallTags.trigger], tags, stop_after_first: true };
}

function tooTight(leastTokens: number | undefined, budget: number): AdapterError {
  const needed = leastTokens === undefined ? 'it needs more' : `it needs ${leastTokens} tokens`;
  const requestFault = `The form of the answer cannot be met within ${budget} tokens: ${needed}; raise sampling.maxOutputTokens or simplify the schema`;
  return new AdapterError('invalid-request', requestFault, { requestFault });
}
