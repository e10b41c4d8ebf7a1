/** Longest part of a provider's text that is passed on. */
const maxLength = 300;
/** Longest part that is looked at. */
const maxScanned = 10_000;
/** A run of this many characters that also stands in the prompt counts as a quotation of it. */
const quotationLength = 20;
/** Prompts above this size are not searched: a provider's text about them is withheld. */
const maxPromptLength = 200_000;

export interface Secrets {
  /** Exact values that must never appear: keys and header values. */
  readonly values: readonly string[];
  /** Texts of the prompt. */
  readonly prompt: readonly string[];
}

/** A provider's text as it may stand in a log: without keys, without the prompt, short and in one line. */
export function redact(text: string, { values, prompt }: Secrets): string {
  // Keys go first: cut in the middle one would no longer be found.
  let clean = text.slice(0, maxScanned);
  for (const value of values) {
    if (value.length >= 4) clean = clean.replaceAll(value, '***');
  }
  const short = clean
    .replaceAll(/\b(Bearer|Basic)\s+\S+/gi, '$1 ***')
    .replaceAll(/\b(sk|pk|gsk|key|xai|hf|nvapi)[-_][\w*.-]{6,}/gi, '***')
    .slice(0, maxLength);
  if (quotes(short, prompt)) return '(text withheld: it quotes the prompt)';
  return short.replaceAll(/\p{Cc}+/gu, ' ').trim();
}

function quotes(text: string, prompt: readonly string[]): boolean {
  const whole = prompt.join('\n');
  if (whole.length > maxPromptLength) return true;
  if (prompt.some((part) => isSubstantial(part) && text.includes(part))) return true;
  for (let start = 0; start + quotationLength <= text.length; start += 1) {
    if (whole.includes(text.slice(start, start + quotationLength))) return true;
  }
  return false;
}

/** Shorter prompts would be found by chance in any text. */
function isSubstantial(part: string): boolean {
  return part.trim().length >= 8 && part.length < quotationLength;
}
