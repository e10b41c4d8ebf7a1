import { Environment, Interpreter, Template } from '@huggingface/jinja';
import { strftime } from './strftime.ts';

/** A compiled chat template: a stranger's program, which sees the data it is given and nothing else. */
export interface ChatTemplate {
  /** Throws `TemplateExcess`, and whatever error the template raises itself. */
  render(data: Readonly<Record<string, unknown>>): string;
}

/** The template computes or makes more than it may. */
export class TemplateExcess extends Error {
  override readonly name = 'TemplateExcess';
}

/**
 * What a rendering may cost: one for each node of the template that is evaluated, one for each item of a list it gives, and one for each
 * sixteen characters of a text. The templates of known models cost about a hundred and fifty a message.
 */
const maxCost = 2_000_000;

const maxRangeItems = 100_000;

/** Throws for a text that is no template. */
export function compileChatTemplate(source: string): ChatTemplate {
  const { parsed } = new Template(source);
  return {
    render(data) {
      const environment: JinjaEnvironment = new Environment();
      for (const [name, value] of Object.entries({ ...globals, ...data })) environment.set(name, value);
      return new BoundedInterpreter(environment).run(parsed).value;
    },
  };
}

/** What the library gives every template, with limits. */
const globals = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  raise_exception(message: unknown) {
    throw new Error(String(message));
  },
  range: boundedRange,
  strftime_now: (format: unknown) => strftime(new Date(), String(format)),
};

function boundedRange(first: unknown, second?: unknown, step: unknown = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  if (typeof start !== 'number' || typeof stop !== 'number' || typeof step !== 'number' || step === 0)
    throw new Error('range() takes numbers, and a step that is not 0');
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= maxRangeItems))
    throw new TemplateExcess(`the template counts to more than ${maxRangeItems}`);
  return Array.from({ length }, (_, index) => start + index * step);
}

/** What is used of the library's classes, whose own type files TypeScript cannot follow under Node's rules of resolution. */
interface JinjaEnvironment {
  set(name: string, value: unknown): unknown;
}

interface JinjaInterpreter {
  run(program: unknown): { readonly value: string };
  /** Called for every node, by the methods for the others too. */
  evaluate(node: unknown, environment: unknown): { readonly value: unknown };
}

const JinjaInterpreterClass: new (environment: JinjaEnvironment) => JinjaInterpreter = Interpreter;

class BoundedInterpreter extends JinjaInterpreterClass {
  #cost = 0;

  override evaluate(node: unknown, environment: unknown): { readonly value: unknown } {
    const result = super.evaluate(node, environment);
    this.#cost += 1 + sizeOf(result.value);
    if (this.#cost > maxCost) throw new TemplateExcess('the template computes too much');
    return result;
  }
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length / 16;
  return Array.isArray(value) ? value.length : 0;
}
