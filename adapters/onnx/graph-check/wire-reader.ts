import { readSync } from 'node:fs';
import { GraphProblem } from './graph-problem.ts';

/** A part of a file, in bytes from its start; the end is not of it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One field of a protobuf message. What a length-delimited one holds is read only when somebody asks for it. */
export type WireField =
  | { readonly number: number; readonly type: 'varint'; readonly value: number }
  | { readonly number: number; readonly type: 'fixed'; readonly span: Span }
  | { readonly number: number; readonly type: 'bytes'; readonly span: Span };

/** Reads protobuf's wire format (https://protobuf.dev/programming-guides/encoding) from an open file, in constant memory. */
export interface WireReader {
  /** The fields of the message in a span, in their order. Throws `GraphProblem` where it is no message. */
  fields(span: Span): Generator<WireField>;
  text(span: Span): string;
  /** Varints without tags between them: a packed list. */
  varints(span: Span): Generator<number>;
}

const windowBytes = 64 * 1024;
const maxTextBytes = 4096;

/** Fields read in sum: with fewer bytes a field no graph of two gigabytes has as many, and weights are skipped as one field. */
const maxFields = 20_000_000;

export function createWireReader(file: number): WireReader {
  return new FileReader(file);
}

class FileReader implements WireReader {
  readonly #file: number;
  readonly #window = Buffer.alloc(windowBytes);
  #windowStart = 0;
  #windowEnd = 0;
  #fields = 0;

  constructor(file: number) {
    this.#file = file;
  }

  *fields({ start, end }: Span): Generator<WireField> {
    const cursor = { at: start, end };
    while (cursor.at < end) {
      if ((this.#fields += 1) > maxFields) throw new GraphProblem('has more parts than any model');
      yield this.#field(cursor);
    }
  }

  text({ start, end }: Span): string {
    if (end - start > maxTextBytes) throw new GraphProblem('holds a name of more than 4096 bytes');
    const bytes = Buffer.alloc(end - start);
    for (let at = start; at < end; at += 1) bytes[at - start] = this.#byte(at);
    return bytes.toString('utf8');
  }

  *varints({ start, end }: Span): Generator<number> {
    const cursor = { at: start, end };
    while (cursor.at < end) yield this.#varint(cursor);
  }

  #field(cursor: Cursor): WireField {
    const tag = this.#varint(cursor);
    const number = Math.floor(tag / 8);
    if (number === 0) throw notOnnx();
    switch (tag % 8) {
      case 0:
        return { number, type: 'varint', value: this.#varint(cursor) };
      case 1:
        return { number, type: 'fixed', span: take(cursor, 8) };
      case 2:
        return { number, type: 'bytes', span: take(cursor, this.#varint(cursor)) };
      case 5:
        return { number, type: 'fixed', span: take(cursor, 4) };
      default:
        throw notOnnx();
    }
  }

  /** As a signed 64-bit integer; beyond 2^53 it is not exact, and far beyond all that is allowed. */
  #varint(cursor: Cursor): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte(take(cursor, 1).start);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    throw notOnnx();
  }

  #byte(at: number): number {
    if (at < this.#windowStart || at >= this.#windowEnd) this.#read(at);
    return this.#window[at - this.#windowStart] ?? 0;
  }

  #read(at: number): void {
    const count = readSync(this.#file, this.#window, 0, windowBytes, at);
    if (count === 0) throw cutOff();
    this.#windowStart = at;
    this.#windowEnd = at + count;
  }
}

interface Cursor {
  at: number;
  readonly end: number;
}

function take(cursor: Cursor, bytes: number): Span {
  const start = cursor.at;
  const end = start + bytes;
  if (bytes < 0 || end > cursor.end) throw cutOff();
  cursor.at = end;
  return { start, end };
}

function notOnnx(): GraphProblem {
  return new GraphProblem('is not an ONNX file');
}

function cutOff(): GraphProblem {
  return new GraphProblem('is cut off or not an ONNX file');
}
