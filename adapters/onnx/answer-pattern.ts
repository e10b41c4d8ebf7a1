import { literal, oneOf, type Expression, type GrammarRules } from './engine/grammar/grammar-rules.ts';
import { charactersOf, readClass } from './pattern-class.ts';

/**
 * The patterns that local models keep to: printable ASCII but for the quote and the backslash, classes of it, `\d`, `\w`, escaped
 * marks, groups, alternatives and repetitions. Such a text never needs an escape in JSON. A pattern holds for the whole text, with or
 * without `^` and `$`: what fits the whole of it fits a part of it too.
 */
export class PatternFault extends Error {}

/** What a grammar makes of a pattern. */
interface Part {
  /** A shortest text that it fits. */
  readonly least: string;
  /** Characters of the text that the grammar tells apart. */
  readonly places: number;
  /** What the grammar engine spends on them. */
  readonly cost: number;
  /** The characters of each of its places, repetitions counted once. */
  readonly atoms: readonly string[];
  /** Single characters that a text of it begins with or ends in for certain. */
  readonly edges: readonly string[];
  readonly isEndless: boolean;
  write(rules: GrammarRules): Expression;
}

const nothing: Part = {
  least: '',
  places: 0,
  cost: 0,
  atoms: [],
  edges: [],
  isEndless: false,
  write: (rules) => rules.nothing,
};

/** Most tokens are words, so the engine tries most of them where a word may stand. */
export const placeCosts = { other: 1, letter: 6, letterOrBlank: 20 } as const;

/** What the grammar engine spends on a pattern. Throws `PatternFault` for a pattern that is none of these. */
export function patternCost(pattern: string): number {
  return read(pattern).cost;
}

/** How many characters of a text the grammar tells apart. */
export function countPlaces(pattern: string): number {
  return read(pattern).places;
}

/** A shortest text that fits. */
export function leastMatch(pattern: string): string {
  return read(pattern).least;
}

/** Exactly the texts that fit. */
export function patternRule(pattern: string, rules: GrammarRules): Expression {
  return read(pattern).write(rules);
}

function read(pattern: string): Part {
  if (pattern.length > maxLength) throw new PatternFault(`is longer than ${maxLength} characters`);
  // Only what JavaScript reads as well can be checked by a validator.
  if (!isRegularExpression(pattern)) throw new PatternFault('is no regular expression');
  return new PatternReader(withoutAnchors(pattern)).whole();
}

function isRegularExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** An anchor belongs to its alternative, so it can only be left out where it is the whole pattern's. */
function withoutAnchors(pattern: string): string {
  return pattern.replace(/^\^/, '').replace(/(?<!\\)\$$/, '');
}

/** Of patterns and costs that nobody means. */
const maxLength = 1000;
const maxCost = 1_000_000;

interface Times {
  readonly least: number;
  readonly most: number;
}

class PatternReader {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  whole(): Part {
    const part = this.#alternatives();
    if (this.#at < this.#pattern.length) this.#refuse();
    return part;
  }

  #alternatives(): Part {
    const parts = [this.#sequence()];
    while (this.#takes('|')) parts.push(this.#sequence());
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return only;
    const [least = ''] = parts
      .map((part) => part.least)
      .toSorted((left, right) => left.length - right.length);
    return {
      ...summed(parts),
      least,
      edges: [],
      write: (rules) => rules.anyOf(parts.map((part) => part.write(rules))),
    };
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#pattern[this.#at] ?? ''))
      parts.push(this.#repeated(this.#atom()));
    const [first = nothing] = parts;
    const last = parts.at(-1) ?? nothing;
    if (parts.length < 2) return first;
    return {
      ...summed(parts),
      least: parts.map((part) => part.least).join(''),
      edges: [...first.edges, ...last.edges],
      write: (rules) => parts.map((part) => part.write(rules)).join(' '),
    };
  }

  #repeated(part: Part): Part {
    const times = this.#times();
    if (times === undefined) return part;
    const { least, most } = times;
    if (most > 1) this.#checkRepeated(part);
    const copies = Math.max(1, most === Infinity ? least + 1 : most);
    if (part.cost * copies > maxCost) throw new PatternFault('is too long with its repetitions');
    return {
      ...part,
      least: part.least.repeat(least),
      places: part.places * copies,
      cost: part.cost * copies,
      edges: [],
      isEndless: part.isEndless || most === Infinity,
      write: (rules) => rules.repeated(grouped(part, rules), least, most),
    };
  }

  #times(): Times | undefined {
    const [sign, least, comma, most = ''] = this.#match(/[*+?]|\{(\d+)(,)?(\d*)\}/y) ?? [];
    // One that takes as little as it can is none for a grammar.
    if (this.#match(/[*+?{]/y) !== undefined) this.#refuse();
    if (sign === undefined) return undefined;
    if (least === undefined) return { least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Infinity };
    if (comma === undefined) return { least: Number(least), most: Number(least) };
    return { least: Number(least), most: most === '' ? Infinity : Number(most) };
  }

  /** Where a text can be cut into repetitions in many ways, the grammar engine looks at all of them. */
  #checkRepeated({ least, isEndless, atoms, edges }: Part): void {
    if (least === '' && atoms.length > 0)
      throw new PatternFault(
        `repeats what may be empty, before character ${this.#at}; local models take no such pattern`,
      );
    const isMarked = edges.some((edge) => atoms.filter((atom) => atom.includes(edge)).length === 1);
    if (isEndless && !isMarked)
      throw new PatternFault(
        `repeats what is repeated without end already, before character ${this.#at}; local models take that only where each ` +
          'repetition begins with or ends in a character that it has nowhere else, such as (-[a-z]+)*',
      );
  }

  #atom(): Part {
    if (this.#takes('(')) {
      this.#match(/\?:/y);
      const part = this.#alternatives();
      if (!this.#takes(')')) this.#refuse();
      return part;
    }
    return this.#class() ?? this.#character();
  }

  #class(): Part | undefined {
    const [text] = this.#match(/\\[dw]|\[(?:[^\\\]]|\\.)+\]/y) ?? [];
    if (text === undefined) return undefined;
    const members = readClass(text);
    if (members === undefined) return this.#refuse(this.#at - text.length);
    const atom = charactersOf(members);
    const least = atom.slice(0, 1);
    return { ...nothing, least, places: 1, cost: costOf(atom), atoms: [atom], write: () => oneOf(members) };
  }

  #character(): Part {
    const [text] = this.#match(/[A-Za-z0-9_ ,:;@/#=~!%&'<>-]|\\[.+*?()|^$/{}[\]-]/y) ?? this.#refuse();
    const one = text.slice(-1);
    return {
      ...nothing,
      least: one,
      places: 1,
      cost: placeCosts.other,
      atoms: [one],
      edges: [one],
      write: () => literal(one),
    };
  }

  #takes(character: string): boolean {
    const found = this.#pattern[this.#at] === character;
    if (found) this.#at += 1;
    return found;
  }

  #match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#pattern) ?? undefined;
    if (found !== undefined) this.#at = expression.lastIndex;
    return found;
  }

  #refuse(from = this.#at): never {
    const rest = this.#pattern.slice(from, from + 10);
    throw new PatternFault(
      `is not supported by local models${rest === '' ? '' : ` at ${JSON.stringify(rest)}`}; supported are printable ASCII ` +
        'characters but for the quote and the backslash, classes such as [a-z0-9_.-], \\d, \\w, groups, | and repetitions',
    );
  }
}

function summed(parts: readonly Part[]): Pick<Part, 'places' | 'cost' | 'atoms' | 'isEndless'> {
  return {
    places: parts.reduce((sum, part) => sum + part.places, 0),
    cost: parts.reduce((sum, part) => sum + part.cost, 0),
    atoms: parts.flatMap(({ atoms }) => atoms),
    isEndless: parts.some((part) => part.isEndless),
  };
}

function costOf(atom: string): number {
  const letters = atom.match(/[a-z]/g)?.length ?? 0;
  if (letters <= 6) return placeCosts.other;
  return atom.includes(' ') ? placeCosts.letterOrBlank : placeCosts.letter;
}

/** A sequence as one thing that can be repeated. */
function grouped(part: Part, rules: GrammarRules): Expression {
  return part.atoms.length === 1 ? part.write(rules) : rules.decided([part.write(rules)]);
}
