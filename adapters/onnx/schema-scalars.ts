import type { JsonObject, JsonValue } from '../contract.ts';
import { patternCost, PatternFault, placeCosts } from './answer-pattern.ts';
import { holdsNumber, rangeOf } from './number-range.ts';
import { at, count, fault, listOf, type Place } from './schema-place.ts';

/** Different lengths of texts in one schema. */
const maxLengths = 16;
/** Different ranges of numbers in one schema. */
const maxRanges = 32;
/** What patterns may cost together. */
const maxPatternCost = 144;

/** The largest number that is written, but for integers. Bounds keep exponents out. */
const largestNumber = 1e12;

/** Formats whose every written form is valid. A date's is not (the 30th of February looks like one), nor that of an address. */
const formats = new Set(['uuid']);

export function readString({ minLength, maxLength, pattern, format }: JsonObject, place: Place): JsonObject {
  const ruling = [pattern, format, minLength ?? maxLength].filter((rule) => rule !== undefined);
  if (ruling.length > 1)
    fault(place, 'has more than one of pattern, format and a length; local models take one');
  if (pattern !== undefined) return { type: 'string', pattern: readPattern(pattern, place) };
  if (format !== undefined) return { type: 'string', format: readFormat(format, place) };
  const lengths = counted({ minLength, maxLength }, place);
  if (Object.keys(lengths).length > 0) place.tally.lengths.add(JSON.stringify(lengths));
  if (place.tally.lengths.size > maxLengths)
    fault(place, `is one length too many: local models take ${maxLengths}`);
  return { type: 'string', ...lengths };
}

function readPattern(pattern: JsonValue, place: Place): string {
  const here = at(place, 'pattern');
  if (typeof pattern !== 'string') fault(here, 'must be a text');
  const { patterns } = place.tally;
  try {
    patterns.set(pattern, patternCost(pattern));
  } catch (error) {
    if (error instanceof PatternFault) fault(here, error.message);
    throw error;
  }
  const cost = [...patterns.values()].reduce((sum, some) => sum + some, 0);
  if (cost > maxPatternCost) {
    fault(
      here,
      `is too long: all patterns together may have ${maxPatternCost} characters, of which one that may be any small letter ` +
        `counts ${placeCosts.letter}, or ${placeCosts.letterOrBlank} where it may be a blank as well; minLength and maxLength ` +
        'take longer texts',
    );
  }
  return pattern;
}

function readFormat(format: JsonValue, place: Place): string {
  if (typeof format === 'string' && formats.has(format)) return format;
  return fault(
    at(place, 'format'),
    `is not supported by local models; supported is ${[...formats].join(' and ')}`,
  );
}

/** Without bounds, integers are those that JavaScript counts exactly. */
export function readInteger(node: JsonObject, place: Place): JsonObject {
  return readRange('integer', { node, limit: Number.MAX_SAFE_INTEGER }, place);
}

export function readNumber(node: JsonObject, place: Place): JsonObject {
  return readRange('number', { node, limit: largestNumber }, place);
}

interface RangeToRead {
  readonly node: JsonObject;
  /** Where the schema has no bound. */
  readonly limit: number;
}

function readRange(type: 'integer' | 'number', { node, limit }: RangeToRead, place: Place): JsonObject {
  const least = readBound(node, ['minimum', 'exclusiveMinimum'], place) ?? { minimum: -limit };
  const most = readBound(node, ['maximum', 'exclusiveMaximum'], place) ?? { maximum: limit };
  const range = { type, ...least, ...most };
  if (![...Object.values(least), ...Object.values(most)].every((value) => Math.abs(value) <= limit))
    fault(place, `has a bound beyond ${limit}`);
  if (!holdsNumber(rangeOf(range))) fault(place, `allows no ${type}: its least value is above its greatest`);
  place.tally.ranges.add(JSON.stringify(range));
  if (place.tally.ranges.size > maxRanges)
    fault(place, `is one range too many: local models take ${maxRanges}`);
  return range;
}

/** The one bound of two keywords, of which a schema has at most one. */
function readBound(
  node: JsonObject,
  keywords: readonly [string, string],
  place: Place,
): Record<string, number> | undefined {
  const given = keywords.filter((keyword) => node[keyword] !== undefined);
  const [keyword] = given;
  if (keyword === undefined) return undefined;
  if (given.length > 1) fault(place, `has both ${given.join(' and ')}; local models take one of them`);
  const value = node[keyword];
  if (typeof value === 'number') return { [keyword]: value };
  return fault(at(place, keyword), 'must be a number');
}

/** Bounds that count something, such as `minItems` and `maxItems`. */
export function counted(bounds: Readonly<Record<string, JsonValue | undefined>>, place: Place): JsonObject {
  const read: Record<string, number> = {};
  for (const [keyword, value] of Object.entries(bounds)) {
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 10_000) {
      fault(at(place, keyword), 'must be a whole number from 0 to 10000');
    }
    read[keyword] = value;
  }
  const [least = 0, most = Infinity] = Object.keys(bounds).map((keyword) => read[keyword]);
  if (least > most) fault(place, `allows nothing: ${Object.keys(bounds).join(' is above ')}`);
  return read;
}

/** The values of `enum`, or the one of `const`; a `type` beside them leaves those that are of it. */
export function readValues(
  values: JsonValue | undefined,
  type: JsonValue | undefined,
  place: Place,
): JsonObject {
  const wanted = type === undefined ? undefined : [type].flat();
  const read = listOf(values, place).filter((value, index) => {
    if (typeof value === 'object' && value !== null)
      fault(at(place, index), 'must be a text, a number, true, false or null');
    return wanted === undefined || wanted.some((name) => isOfType(value, name));
  });
  count('values', read.length, place);
  count('letters', JSON.stringify(read).length, place);
  if (read.length === 0) fault(place, 'holds no value of its type');
  return { enum: read };
}

function isOfType(value: JsonValue, type: JsonValue): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
