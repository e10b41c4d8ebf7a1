import { LRUCache } from 'lru-cache';

export type JsonType = 'application/json' | 'application/graphql-response+json';

/** The forms of an answer that a client takes, by its `accept` header. */
export interface Accepted {
  /** For an answer in one piece; `undefined` where the client takes no JSON. */
  readonly json: JsonType | undefined;
  /** Server-sent events. */
  readonly events: boolean;
  /** Parts in one body. */
  readonly multipart: boolean;
}

/** Of the kinds of JSON the one that stands first, as yoga reads the header; nobody serves several with weights. */
export function acceptedBy(header: string | null | undefined): Accepted {
  const text = header === undefined || header === null || header === '' ? '*/*' : header;
  const known = read.get(text);
  if (known !== undefined) return known;
  const accepted = formsIn(text);
  read.set(text, accepted);
  return accepted;
}

/** A client always sends the same, and there are few of them. */
const read = new LRUCache<string, Accepted>({ max: 100 });

function formsIn(header: string): Accepted {
  let json: JsonType | undefined;
  let events = false;
  let multipart = false;
  for (const part of header.split(',')) {
    const range = mediaRange(part);
    json ??= jsonTypeIn(range);
    events ||= includes(range, 'text', 'event-stream');
    multipart ||= includes(range, 'multipart', 'mixed');
  }
  return { json, events, multipart };
}

/** '' for one with a charset that nothing here is written in. */
function mediaRange(part: string): string {
  const [range = '', ...parameters] = part.replaceAll(/\s/g, '').toLowerCase().split(';');
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  return charset === undefined || charset === 'charset=utf-8' ? range : '';
}

function jsonTypeIn(range: string): JsonType | undefined {
  if (includes(range, 'application', 'json')) return 'application/json';
  return range === 'application/graphql-response+json' ? range : undefined;
}

function includes(range: string, type: string, subtype: string): boolean {
  return range === '*/*' || range === `${type}/*` || range === `${type}/${subtype}`;
}
