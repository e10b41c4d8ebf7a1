import { LRUCache } from 'lru-cache';

/** Stands wherever a secret was. */
export const redacted = '[redacted]';

const secretEndings = [
  'apikey',
  'authorization',
  'cookie',
  'credential',
  'credentials',
  'password',
  'secret',
  'token',
];

/** The same names come on every log line. */
const known = new LRUCache<string, boolean>({ max: 1000, memoMethod: soundsSecret });

/** Whether a value of this name is a credential: `apiKey`, `HF_TOKEN`, `x-api-key`; not `inputTokens`. */
export function isSecretName(name: string): boolean {
  return known.memo(name);
}

function soundsSecret(name: string): boolean {
  const letters = name.toLowerCase().replace(/[^a-z]/g, '');
  return secretEndings.some((ending) => letters.endsWith(ending));
}

/** Forms that credentials have when they stand inside other text, such as a provider's error message or a URL. */
const secretForms = [
  /(?<=\b(?:Bearer|Basic)\s+)[\w.~+/-]{8,}=*/gi,
  /\b(?:sk|pk|hf|gsk|ghp|xai)[-_][\w*-]{8,}/g,
  /(?<=\w:\/\/)[^\s/@]+(?=@)/g,
];

/** Most texts hold none of the forms, and one look tells. */
const anyForm = new RegExp(secretForms.map(({ source }) => source).join('|'), 'i');

/** The text without the credentials in it. */
export function redactText(text: string): string {
  if (!anyForm.test(text)) return text;
  return secretForms.reduce((result, form) => result.replace(form, redacted), text);
}
