/**
 * A part of a grammar as the grammar engine reads it: a sequence of texts, classes of characters and names of rules. Alternatives are
 * never part of it: the engine may mix up alternatives of one rule that begin alike, so each is a rule of its own.
 */
export type Expression = string;

/** Writes the rules of a grammar. Equal ones are written once. */
export class GrammarRules {
  readonly #bodies = new Map<string, string>();
  readonly #names = new Map<string, string>();

  /** Matches the empty text. A rule that holds a name is never melted into those that name it, so this keeps rules apart. */
  readonly nothing = this.#rule('""');

  /** One of them. */
  anyOf(parts: readonly Expression[]): Expression {
    return this.#rule(parts.map((part) => this.#rule(`${part} ${this.nothing}`)).join(' | '));
  }

  /** One of them, where no two can begin with the same byte: cheaper. */
  decided(parts: readonly Expression[]): Expression {
    return this.#rule(parts.join(' | '));
  }

  optional(part: Expression): Expression {
    return this.repeated(part, 0, 1);
  }

  /** Up to `Infinity` times. */
  repeated(part: Expression, least: number, most: number): Expression {
    let more = most === Infinity ? this.#anyTimes(part) : this.nothing;
    if (most !== Infinity)
      for (let times = least; times < most; times += 1) more = this.#rule(`"" | ${part} ${more}`);
    return [...Array.from({ length: least }, () => part), more].join(' ');
  }

  #anyTimes(part: Expression): Expression {
    if (/^\[(?:[^\]\\]|\\.)*\]$/.test(part)) return this.#rule(`${part}* ${this.nothing}`);
    const name = this.reserve();
    this.define(name, `"" | ${part} ${name}`);
    return name;
  }

  /** A name for what is defined later, so that it can hold itself. */
  reserve(): Expression {
    const name = `r${this.#bodies.size}`;
    this.#bodies.set(name, '');
    return name;
  }

  define(name: Expression, body: Expression): void {
    this.#bodies.set(name, body);
  }

  #rule(body: string): Expression {
    const known = this.#names.get(body);
    if (known !== undefined) return known;
    const name = this.reserve();
    this.define(name, body);
    this.#names.set(body, name);
    return name;
  }

  /** The grammar that begins with this part. */
  write(root: Expression): string {
    const rules = Array.from(this.#bodies, ([name, body]) => `${name} ::= ${body}\n`);
    return `root ::= ${root}\n${rules.join('')}`;
  }
}

/** Exactly this text. */
export function literal(text: string): Expression {
  if (text === '') return '""';
  return `"${Array.from(text, escaped).join('')}"`;
}

function escaped(character: string): string {
  if (/^[ !#-[\]-~]$/.test(character)) return character;
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
}

/** One of these characters, given as single ones and as ranges such as `a-z`. */
export function oneOf(members: readonly string[]): Expression {
  const written = members.map((member) =>
    /^.-.$/.test(member) ? member : member.replaceAll(/[-\]^\\]/g, String.raw`\$&`),
  );
  return `[${written.join('')}]`;
}
