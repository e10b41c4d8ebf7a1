import { DownloadError } from './download-error.ts';
import { oneValue, type HubResponse } from './hub-client.ts';

export interface ExpectedFile {
  /** Name for people. */
  readonly what: string;
  readonly bytes: number | undefined;
  /** Commit that the hub must answer for. */
  readonly revision: string;
}

/** Where the body of an answer belongs. */
export interface BodyPlace {
  /** 0 replaces what was there. */
  readonly startAt: number;
  /** Size of the whole file, where the server says it. */
  readonly total: number | undefined;
}

/**
 * Throws unless the answer is the file, or the rest of it after `partialBytes`, at the right commit and of the right size.
 * HTTP 416 passes: nothing comes after the part, so the part is the file or is wrong.
 */
export function checkAnswer(
  file: ExpectedFile,
  answer: HubResponse,
  partialBytes: number | undefined,
): BodyPlace {
  const { statusCode, headers } = answer.response;
  const startAt = statusCode === 206 ? (partialBytes ?? 0) : 0;
  const length = statusCode === 416 ? undefined : numberOf(oneValue(headers['content-length']));
  const total = length === undefined ? undefined : startAt + length;
  const objection =
    statusObjection(statusCode, file.what, partialBytes !== undefined) ??
    rangeObjection(answer, startAt) ??
    commitObjection(answer, file.revision) ??
    sizeObjection(file, total);
  if (objection !== undefined) throw new DownloadError('refused', objection);
  return { startAt, total };
}

function statusObjection(status: number, what: string, ranged: boolean): string | undefined {
  if (status === 200 || (ranged && (status === 206 || status === 416))) return undefined;
  switch (status) {
    case 401:
    case 403:
      return `the hub does not give ${what} out without permission (HTTP ${status}); for a private model set HF_TOKEN`;
    case 404:
      return `the hub has no ${what} at this revision (HTTP 404)`;
    case 429:
      return 'the hub has had too many requests from this address (HTTP 429)';
    default:
      return `the hub answers with HTTP ${status} for ${what}`;
  }
}

function rangeObjection({ response }: HubResponse, startAt: number): string | undefined {
  const range = oneValue(response.headers['content-range']);
  if (response.statusCode !== 206 || range?.startsWith(`bytes ${startAt}-`) === true) return undefined;
  return 'the server sends another part of the file than was asked for';
}

function commitObjection({ facts }: HubResponse, revision: string): string | undefined {
  if (facts.commit === undefined || facts.commit === revision) return undefined;
  return `the hub answers for commit ${facts.commit}, not for ${revision}`;
}

function sizeObjection({ what, bytes }: ExpectedFile, total: number | undefined): string | undefined {
  if (bytes === undefined || total === undefined || bytes === total) return undefined;
  return `${what} has ${total} bytes on the hub, expected are ${bytes}`;
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
