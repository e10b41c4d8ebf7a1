import { hash } from 'node:crypto';
import type { GenerationRequest } from '../domain/request.ts';

export interface CacheKeySubject {
  /** Answers are never shared between tenants. */
  readonly tenant: string;
  /** Of the catalogue: other models, prices or policies may answer otherwise. */
  readonly catalogueDigest: string;
  readonly request: GenerationRequest;
}

/**
 * SHA-256 over everything that may change an answer, as 64 hexadecimal digits. What stands inside a field counts in its order, for models
 * see it so: two requests that differ in nothing else are two.
 */
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
  const fields = Object.entries(asked).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return hash('sha256', JSON.stringify([tenant, catalogueDigest, fields]), 'hex');
}
