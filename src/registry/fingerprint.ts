import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import { isSecretName } from '../platform/redaction.ts';

/**
 * A short name for a value's content, 16 hexadecimal digits: equal values have equal ones, in whatever order their keys stand.
 * Secrets do not count, so that a new key for the same account is no new version.
 */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value, isSecretName)).digest('hex').slice(0, 16);
}
