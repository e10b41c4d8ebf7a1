import { createHash } from 'node:crypto';
import { isSecretName } from '../platform/redaction.ts';

/**
 * A short name for a value's content, 16 hexadecimal digits: equal values have equal ones, in whatever order their keys stand.
 * Secrets do not count, so that a new key for the same account is no new version.
 */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 16);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (key, member: unknown) => {
    if (isSecretName(key)) return undefined;
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
