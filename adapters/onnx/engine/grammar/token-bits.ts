/** A set of tokens: bit n of word w stands for token 32 w + n. */
export type TokenBits = Int32Array;

export function hasToken(bits: TokenBits, token: number): boolean {
  return (((bits[token >> 5] ?? 0) >>> (token & 31)) & 1) === 1;
}

export function emptyTokenBits(vocabularySize: number): TokenBits {
  return new Int32Array(Math.ceil(vocabularySize / 32));
}

export function addToken(bits: TokenBits, token: number): void {
  bits[token >> 5] = (bits[token >> 5] ?? 0) | (1 << (token & 31));
}

/** Sets the logits of all tokens to -Infinity that are not allowed, or are forbidden. */
export function maskLogits(logits: Float32Array, allowed: TokenBits, forbidden: TokenBits): void {
  for (let word = 0; word < allowed.length; word++) {
    const bits = (allowed[word] ?? 0) & ~(forbidden[word] ?? 0);
    if (bits === -1) continue;
    const first = word * 32;
    // Most words of a grammar in mid-structure are empty.
    if (bits === 0) logits.fill(-Infinity, first, first + 32);
    else maskWord(logits, bits, first);
  }
}

function maskWord(logits: Float32Array, bits: number, first: number): void {
  for (let bit = 0; bit < 32; bit++) if (((bits >>> bit) & 1) === 0) logits[first + bit] = -Infinity;
}

/** The first token that is allowed and not forbidden. */
export function firstToken(allowed: TokenBits, forbidden: TokenBits): number | undefined {
  for (let word = 0; word < allowed.length; word++) {
    const bits = (allowed[word] ?? 0) & ~(forbidden[word] ?? 0);
    if (bits !== 0) return word * 32 + (31 - Math.clz32(bits & -bits));
  }
  return undefined;
}
