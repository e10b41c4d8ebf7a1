import { types } from 'node:util';
import { isSecretName, redacted, redactText } from './redaction.ts';

/** A log line is for reading: what is longer or deeper is cut. */
const most = { depth: 6, entries: 100, characters: 4096, causes: 5 };

/** Own fields of an error worth keeping. Others may carry whole requests, with prompts and keys. */
const errorFields = [
  'code',
  'kind',
  'phase',
  'providerCode',
  'retryAfterMs',
  'status',
  'syscall',
  'exitCode',
];

const unreadable = '[unreadable]';

/** What callers entrust to a model is theirs: it stays out of logs like a credential. */
const privateNames = new Set(['messages', 'prompt']);

/** pino's own fields: from outside they would stand on the line twice. */
const reserved = new Set(['level', 'time', 'message']);

/** A copy that JSON can hold: no cycles, no secrets, no functions, errors with their causes. Never throws. */
export function loggable(fields: object): object {
  const copy = copyOf(fields, []);
  if (types.isNativeError(fields)) return { error: copy };
  if (!isRecord(copy)) return { value: copy };
  if (!Object.keys(copy).some((name) => reserved.has(name))) return copy;
  return Object.fromEntries(
    Object.entries(copy).map(([name, value]) => [reserved.has(name) ? `${name}_` : name, value]),
  );
}

/** A text without credentials and not too long. */
export function loggableText(text: string): string {
  return shorten(redactText(text));
}

function copyOf(value: unknown, parents: readonly object[]): unknown {
  switch (typeof value) {
    case 'string':
      return loggableText(value);
    case 'bigint':
    case 'symbol':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
    case 'undefined':
      return value;
    case 'function':
      return `[function ${value.name}]`;
    case 'object':
      return value === null ? null : copyOfObject(value, parents);
  }
}

function copyOfObject(value: object, parents: readonly object[]): unknown {
  if (parents.includes(value)) return '[circular]';
  if (parents.length >= most.depth) return '[deep]';
  const inner = [...parents, value];
  try {
    if (value instanceof Error) return copyOfError(value, inner);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
    if (value instanceof URL) return redactText(value.href);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Map) return copyOfFields(Object.fromEntries(value), inner);
    if (value instanceof Set || Array.isArray(value)) return copyOfItems(value, inner);
    return copyOfFields(value, inner);
  } catch {
    // A proxy, say: a log line must not fail on what it is about.
    return unreadable;
  }
}

function copyOfItems(items: Iterable<unknown>, parents: readonly object[]): readonly unknown[] {
  return Iterator.from(items)
    .take(most.entries)
    .map((item) => copyOf(item, parents))
    .toArray();
}

function copyOfFields(value: object, parents: readonly object[]): object {
  const names = Object.keys(value).slice(0, most.entries);
  return Object.fromEntries(names.map((name) => [shorten(name), copyOfField(value, name, parents)]));
}

/** One by one, so that a getter that throws costs only its own field. */
function copyOfField(value: object, name: string, parents: readonly object[]): unknown {
  try {
    const member: unknown = Reflect.get(value, name);
    return isHidden(name, member) ? redacted : copyOf(member, parents);
  } catch {
    return unreadable;
  }
}

function copyOfError(error: Error, parents: readonly object[]): object {
  const known = errorFields
    .filter((field) => field in error)
    .map((field) => [field, copyOfField(error, field, parents)] as const);
  return {
    name: error.name,
    message: loggableText(error.message),
    ...Object.fromEntries(known),
    ...(error.stack === undefined ? {} : { stack: loggableText(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: copyOf(error.cause, parents) }),
    ...(error instanceof AggregateError
      ? { errors: copyOfItems(error.errors.slice(0, most.causes), parents) }
      : {}),
  };
}

/** Numbers and flags are no secrets, whatever they are called: `firstToken: 12`. */
function isHidden(name: string, value: unknown): boolean {
  const telling = typeof value === 'string' || (typeof value === 'object' && value !== null);
  return telling && (isSecretName(name) || privateNames.has(name));
}

function shorten(text: string): string {
  const left = text.length - most.characters;
  return left <= 0 ? text : `${text.slice(0, most.characters).toWellFormed()}... (${left} more characters)`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
