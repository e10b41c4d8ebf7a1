import type { JsonObject, JsonValue } from '../../../contract.ts';
import { countPlaces, leastMatch } from '../../answer-pattern.ts';
import { leastNumber, rangeOf } from '../../number-range.ts';

/** How values of a schema can be ended soon. */
export interface LeastTexts {
  /** Short values, shortest first, of the parts of the schema where there is a choice. */
  readonly values: readonly string[];
  /** Characters of a short answer; `undefined` where none was found. */
  readonly whole: number | undefined;
  /** By how many characters a value that need not be begun, or may be begun in several ways, makes the answer longer at most. */
  readonly growth: number;
}

/** Longer values are none: nobody waits for their end. */
const maxCharacters = 10_000;

/** More choices are not tried. */
const maxValues = 64;

/** A text or a number that was begun has to be ended. */
const begunText = 16;
const begunNumber = 24;

/** Finds them for a schema that was read by `schema-support.ts`. */
export function leastTexts(schema: JsonObject): LeastTexts {
  const search = new LeastTextSearch(isObject(schema['$defs']) ? schema['$defs'] : {});
  const whole = search.run(schema)?.length;
  const values = [...search.values].toSorted((left, right) => left.length - right.length);
  return { values: values.slice(0, maxValues), whole, growth: search.growth };
}

class LeastTextSearch {
  readonly #definitions: readonly (readonly [string, JsonValue])[];
  /** By reference. A value inside a value of its own kind has no end until another branch turns out to have one. */
  readonly #known = new Map<string, string>();
  readonly values = new Set<string>();
  growth = begunNumber;

  constructor(definitions: JsonObject) {
    this.#definitions = Object.entries(definitions);
  }

  run(schema: JsonObject): string | undefined {
    // Each round settles at least one more definition, and mostly all.
    for (let settled = -1; settled < this.#known.size;) {
      settled = this.#known.size;
      for (const [name, definition] of this.#definitions) this.#define(`#/$defs/${name}`, definition);
    }
    return this.#least(schema);
  }

  #define(reference: string, definition: JsonValue): void {
    const text = this.#least(definition);
    if (text !== undefined) this.#known.set(reference, text);
  }

  /** `undefined` for a value that has no end, or none within reason. */
  #least(node: JsonValue | undefined): string | undefined {
    if (!isObject(node)) return undefined;
    if (typeof node['$ref'] === 'string') return this.#known.get(node['$ref']);
    const text = this.#ofNode(node);
    return text === undefined || text.length > maxCharacters ? undefined : text;
  }

  /** Notes what may be begun. */
  #mayBegin(text: string | undefined): string | undefined {
    if (text !== undefined) this.growth = Math.max(this.growth, text.length + begunText);
    return text;
  }

  #ofNode(node: JsonObject): string | undefined {
    if (isList(node['anyOf'])) return this.#choice(node['anyOf'].map((some) => this.#least(some)));
    if (isList(node['enum'])) return this.#choice(node['enum'].map((some) => JSON.stringify(some)));
    switch (node['type']) {
      case 'object':
        return this.#ofObject(node);
      case 'array':
        return this.#ofArray(node);
      case 'string':
        return this.#ofString(node);
      case 'integer':
      case 'number':
        return leastNumber(rangeOf(node));
      case 'boolean':
        return 'true';
      default:
        return 'null';
    }
  }

  #ofString(node: JsonObject): string {
    const least = JSON.stringify(leastString(node));
    if (typeof node['pattern'] !== 'string') return least;
    // Somewhere in a pattern more may be needed than from its beginning.
    this.growth = Math.max(this.growth, countPlaces(node['pattern']) + begunText);
    this.values.add(least);
    return least;
  }

  #choice(texts: readonly (string | undefined)[]): string | undefined {
    for (const text of texts) this.#mayBegin(text);
    const [least] = texts
      .filter((text) => text !== undefined)
      .toSorted((left, right) => left.length - right.length);
    if (least !== undefined) this.values.add(least);
    return least;
  }

  #ofObject({ properties, required, additionalProperties }: JsonObject): string | undefined {
    this.#mayBegin(this.#least(additionalProperties));
    const wanted = isList(required) ? required : [];
    const members: (string | undefined)[] = [];
    for (const [name, property] of Object.entries(isObject(properties) ? properties : {})) {
      const text = this.#least(property);
      const member = text === undefined ? undefined : `${JSON.stringify(name)}: ${text}`;
      if (wanted.includes(name)) members.push(member);
      else this.#mayBegin(member);
    }
    return members.includes(undefined) ? undefined : `{${members.join(', ')}}`;
  }

  #ofArray({ items, prefixItems, minItems }: JsonObject): string | undefined {
    const first = isList(prefixItems) ? prefixItems.map((item) => this.#least(item)) : [];
    const each = this.#mayBegin(this.#least(items));
    const more = Math.max(0, (typeof minItems === 'number' ? minItems : 0) - first.length);
    if ((each?.length ?? 0) * more > maxCharacters) return undefined;
    const texts = [...first, ...Array.from({ length: more }, () => each)];
    return texts.includes(undefined) ? undefined : `[${texts.join(', ')}]`;
  }
}

function leastString({ pattern, format, minLength }: JsonObject): string {
  if (typeof pattern === 'string') return leastMatch(pattern);
  if (format !== undefined) return '00000000-0000-0000-0000-000000000000';
  return 'a'.repeat(typeof minLength === 'number' ? minLength : 0);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
