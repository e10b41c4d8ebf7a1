import type { JsonObject } from '../../../contract.ts';
import type { ByteText } from './token-texts.ts';

/**
 * The lengths of texts are not left to the grammar: its states would be one for each character, and cost twenty milliseconds each to
 * prepare. Instead every text with a length may, for the grammar, end in a mark of its own. The marks are tokens that no model has, so
 * none is ever written, but whether one is allowed tells which lengths hold where the answer is.
 */
export interface TextLength {
  readonly least: number;
  readonly most: number;
}

/** The letters of the marks: as many lengths can be told apart within one form. */
const markLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** JSON allows no such character in a text, so nothing but a mark can hold it. */
const markByte = '\u0001';

/** The texts of all marks. */
export const lengthMarks: readonly string[] = Array.from(markLetters, (letter) => markByte + letter);

/** The length of a text in a schema; `undefined` where it may have any. */
export function lengthOf({ minLength, maxLength }: JsonObject): TextLength | undefined {
  if (minLength === undefined && maxLength === undefined) return undefined;
  return { least: Number(minLength ?? 0), most: Number(maxLength ?? Infinity) };
}

/** The mark of a length. Adds it to the list, unless that has it already. */
export function lengthMark({ least, most }: TextLength, lengths: TextLength[]): string {
  const known = lengths.findIndex((length) => length.least === least && length.most === most);
  const index = known === -1 ? lengths.push({ least, most }) - 1 : known;
  const mark = lengthMarks[index];
  if (mark === undefined) throw new Error('there are more lengths than marks');
  return mark;
}

/** Whether a text of a length may go on with a token after which it has so many characters. */
export function lengthFits({ least, most }: TextLength, written: number, token: ByteText = ''): boolean {
  return written <= most && (written >= least || !token.includes('"'));
}
