import type { JsonObject, JsonValue } from '../../../contract.ts';
import { patternRule } from '../../answer-pattern.ts';
import { rangeOf } from '../../number-range.ts';
import { GrammarRules, literal, type Expression } from './grammar-rules.ts';
import { numberRule } from './number-rules.ts';
import { lengthMark, lengthOf, type TextLength } from './text-lengths.ts';

/**
 * The grammar of the JSON that fits a schema which `schema-support.ts` has read, on one line and with white space as `json.dumps` of
 * Python has it: a small model that may break lines and indent at will writes little else. Lengths of texts are not in it: they are
 * added to the list, equal ones once, and stand in the grammar as marks.
 */
export function schemaGrammar(schema: JsonObject, lengths: TextLength[]): string {
  return new SchemaGrammar(schema, lengths).write();
}

const plainCharacters = String.raw`[^"\\\x00-\x1f]`;
const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

class SchemaGrammar {
  readonly #rules = new GrammarRules();
  readonly #schema: JsonObject;
  readonly #lengths: TextLength[];
  readonly #definitions: JsonObject;
  readonly #references = new Map<string, Expression>();
  #freeText: Expression | undefined;

  constructor(schema: JsonObject, lengths: TextLength[]) {
    this.#schema = schema;
    this.#lengths = lengths;
    const definitions = schema['$defs'];
    this.#definitions = isObject(definitions) ? definitions : {};
  }

  write(): string {
    return this.#rules.write(this.#value(this.#schema));
  }

  /** A rule of its own, so that it is written once wherever it is repeated. */
  #value(node: JsonValue | undefined): Expression {
    return this.#rules.decided([isObject(node) ? this.#expression(node) : this.#rules.nothing]);
  }

  #expression(node: JsonObject): Expression {
    if (typeof node['$ref'] === 'string') return this.#reference(node['$ref'].slice('#/$defs/'.length));
    if (isList(node['anyOf'])) return this.#rules.anyOf(node['anyOf'].map((some) => this.#value(some)));
    if (isList(node['enum']))
      return this.#rules.anyOf(node['enum'].map((some) => literal(JSON.stringify(some))));
    switch (node['type']) {
      case 'object':
        return this.#object(node);
      case 'array':
        return this.#array(node);
      case 'string':
        return this.#text(node);
      case 'integer':
      case 'number':
        return numberRule(rangeOf(node), this.#rules);
      case 'boolean':
        return this.#rules.decided(['"true"', '"false"']);
      default:
        return '"null"';
    }
  }

  #reference(name: string): Expression {
    const known = this.#references.get(name);
    if (known !== undefined) return known;
    const rule = this.#rules.reserve();
    this.#references.set(name, rule);
    this.#rules.define(rule, `${this.#value(this.#definitions[name])} ${this.#rules.nothing}`);
    return rule;
  }

  #object({ properties, required, additionalProperties }: JsonObject): Expression {
    if (!isObject(properties)) return this.#map(additionalProperties);
    const wanted = isList(required) ? required : [];
    /** What may follow, after another property and as the first one. */
    let later = this.#rules.nothing;
    let first = this.#rules.nothing;
    for (const [name, schema] of Object.entries(properties).toReversed()) {
      const property = `${literal(`${JSON.stringify(name)}: `)} ${this.#value(schema)} ${later}`;
      const isOptional = !wanted.includes(name);
      first = this.#rules.decided(isOptional ? [property, first] : [property]);
      later = this.#rules.decided(isOptional ? [`", " ${property}`, later] : [`", " ${property}`]);
    }
    return `"{" ${first} "}"`;
  }

  #map(values: JsonValue | undefined): Expression {
    if (values === false) return '"{}"';
    const property = `${this.#anyText()} ": " ${this.#value(values)}`;
    const more = this.#rules.repeated(`", " ${property}`, 0, Infinity);
    return `"{" ${this.#rules.optional(`${property} ${more}`)} "}"`;
  }

  #array({ items, prefixItems, minItems, maxItems }: JsonObject): Expression {
    const first = isList(prefixItems) ? prefixItems.map((item) => this.#value(item)) : [];
    const least = Math.max(0, Number(minItems ?? 0) - first.length);
    const most = items === false ? 0 : Number(maxItems ?? Infinity) - first.length;
    if (most <= 0) return `"[" ${first.join(' ", " ')} "]"`;
    const item = this.#value(items);
    if (first.length > 0)
      return `"[" ${first.join(' ", " ')} ${this.#rules.repeated(`", " ${item}`, least, most)} "]"`;
    const list = `${item} ${this.#rules.repeated(`", " ${item}`, Math.max(0, least - 1), most - 1)}`;
    return `"[" ${least === 0 ? this.#rules.optional(list) : list} "]"`;
  }

  #text(node: JsonObject): Expression {
    const { pattern, format } = node;
    if (typeof pattern === 'string') return `"\\"" ${patternRule(pattern, this.#rules)} "\\""`;
    if (format === 'uuid') return `"\\"" ${patternRule(uuid, this.#rules)} "\\""`;
    const length = lengthOf(node);
    if (length === undefined) return this.#anyText();
    const mark = this.#rules.optional(literal(lengthMark(length, this.#lengths)));
    return `"\\"" ${plainCharacters}* ${mark} "\\""`;
  }

  #anyText(): Expression {
    if (this.#freeText !== undefined) return this.#freeText;
    // Halves of a pair are no characters, so escapes of them are left out.
    const hexadecimal = '[0-9A-Fa-f]';
    const escape = this.#rules.decided([
      String.raw`["\\/bfnrt]`,
      `"u" [0-9A-CEFa-cef] ${hexadecimal} ${hexadecimal} ${hexadecimal}`,
    ]);
    const text = this.#rules.reserve();
    const end = this.#rules.decided(['"\\""', `"\\\\" ${escape} ${text}`]);
    this.#rules.define(text, `${plainCharacters}* ${end}`);
    this.#freeText = `"\\"" ${text}`;
    return this.#freeText;
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value);
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
