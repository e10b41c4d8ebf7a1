import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { GenerationRequest } from '../domain/request.ts';

export interface CacheKeySubject {
  /** Answers are never shared between tenants. */
  readonly tenant: string;
  /** Of the catalogue: other models, prices or policies may answer otherwise. */
  readonly catalogueDigest: string;
  readonly request: GenerationRequest;
}

/** SHA-256 over everything that may change an answer, as 64 hexadecimal digits. */
export function cacheKey({ tenant, catalogueDigest, request }: CacheKeySubject): string {
  // Named one by one are the fields that cannot change an answer: a field that a request gains later is part of the key.
  const {
    cache: _cache,
    timeoutMs: _timeoutMs,
    deadlines: _deadlines,
    priority: _priority,
    resumable: _resumable,
    labels: _labels,
    ...asked
  } = request;
  const canonical = canonicalJson({ tenant, catalogueDigest, asked });
  return createHash('sha256').update(canonical).digest('hex');
}
