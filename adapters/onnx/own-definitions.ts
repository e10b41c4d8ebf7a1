import type { JsonObject } from '../contract.ts';
import { emptyTally, rootPlace } from './schema-place.ts';
import { readInteger, readNumber } from './schema-scalars.ts';

/** Definitions that are ours; schemas must have no such names. */
export const ownPrefix = 'switchyard-';
export const anyReference: JsonObject = { $ref: `#/$defs/${ownPrefix}any` };
export const numberReference: JsonObject = { $ref: `#/$defs/${ownPrefix}number` };
export const integerReference: JsonObject = { $ref: `#/$defs/${ownPrefix}integer` };

/** What is the same wherever it stands is defined once: it costs the grammar engine once. */
export function ownDefinitions(): JsonObject {
  const nothing = rootPlace({}, emptyTally());
  return {
    [`${ownPrefix}any`]: {
      anyOf: [
        { type: 'string' },
        numberReference,
        { type: 'boolean' },
        { type: 'null' },
        { type: 'array', items: anyReference },
        { type: 'object', additionalProperties: anyReference },
      ],
    },
    [`${ownPrefix}number`]: readNumber({}, nothing),
    [`${ownPrefix}integer`]: readInteger({}, nothing),
  };
}

/** The form of an answer that is any JSON object or array. */
export const anyJsonSchema: JsonObject = {
  anyOf: [
    { type: 'object', additionalProperties: anyReference },
    { type: 'array', items: anyReference },
  ],
  $defs: ownDefinitions(),
};
