import type { JsonObject } from '../../adapters/contract.ts';

export interface AskedForm {
  readonly name: string;
  readonly prompt: string;
  readonly schema: JsonObject;
}

const text = { type: 'string' };

/** Twenty forms of answers as applications ask for them, each with a keyword or a combination that the others lack. */
export const askedForms: readonly AskedForm[] = [
  form(
    'flat object',
    'A recipe for pancakes.',
    object({ title: text, minutes: { type: 'integer', minimum: 1, maximum: 240 } }),
  ),
  form(
    'optional properties',
    'A person called Ada.',
    object({ name: text, age: { type: 'integer' }, email: text }, ['name']),
  ),
  form(
    'enum',
    'How is the weather?',
    object({ weather: { enum: ['sunny', 'cloudy', 'rain'] }, certain: { type: 'boolean' } }),
  ),
  form('list of texts', 'Name some fruits.', { type: 'array', items: text, minItems: 2, maxItems: 5 }),
  form(
    'list of objects',
    'Three cities with their countries.',
    object({
      cities: { type: 'array', items: object({ name: text, country: text }), minItems: 1, maxItems: 3 },
    }),
  ),
  form(
    'numbers in a range',
    'Rate this film.',
    object({
      score: { type: 'number', minimum: 0, maximum: 10 },
      stars: { type: 'integer', minimum: 1, maximum: 5 },
    }),
  ),
  form(
    'exclusive bounds',
    'A price.',
    object({ price: { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 1000 } }),
  ),
  form(
    'null or a text',
    'The middle name of Ada Lovelace.',
    object({ middleName: { type: ['string', 'null'] } }),
  ),
  form(
    'any of several',
    'A quantity of flour.',
    object({ quantity: { anyOf: [{ type: 'integer', minimum: 0, maximum: 5000 }, text] } }),
  ),
  form(
    'a constant',
    'Say that it worked.',
    object({ kind: { const: 'result' }, version: { const: 2 }, text }),
  ),
  form('short text', 'A headline.', object({ headline: { type: 'string', minLength: 3, maxLength: 24 } })),
  form('pattern', 'An order number.', object({ order: { type: 'string', pattern: '^[A-Z]{2}-[0-9]{4}$' } })),
  form('uuid', 'A server.', object({ id: { type: 'string', format: 'uuid' } })),
  form('recursion', 'A family tree.', {
    $ref: '#/$defs/person',
    $defs: {
      person: object({
        name: text,
        children: { type: 'array', items: { $ref: '#/$defs/person' }, maxItems: 3 },
      }),
    },
  }),
  form('tuple', 'A point with a label.', {
    type: 'array',
    prefixItems: [{ type: 'number' }, { type: 'number' }, text],
    items: false,
  }),
  form('map', 'Prices of fruits.', { type: 'object', additionalProperties: { type: 'integer', minimum: 0 } }),
  form(
    'nested',
    'A company with an address.',
    object({
      company: object({
        name: text,
        address: object({ street: text, city: text, zip: { type: 'string', pattern: '^[0-9]{5}$' } }),
      }),
    }),
  ),
  form('shared definitions', 'A flight.', {
    ...object({ from: { $ref: '#/$defs/airport' }, to: { $ref: '#/$defs/airport' } }),
    $defs: { airport: object({ code: { type: 'string', pattern: '^[A-Z]{3}$' }, city: text }) },
  }),
  form(
    'booleans',
    'What does a bicycle have?',
    object({ wheels: { type: 'boolean' }, wings: { type: 'boolean' }, engine: { type: 'boolean' } }),
  ),
  form('anything', 'Whatever you like about the sea.', object({ data: true })),
];

function form(name: string, prompt: string, schema: JsonObject): AskedForm {
  return { name, prompt: `${prompt} Answer as JSON.`, schema };
}

function object(properties: JsonObject, required: readonly string[] = Object.keys(properties)): JsonObject {
  return { type: 'object', properties, required, additionalProperties: false };
}
