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

export function removeToken(bits: TokenBits, token: number): void {
  bits[token >> 5] = (bits[token >> 5] ?? 0) & ~(1 << (token & 31));
}

/** Takes the tokens of the second set out of the first. */
export function removeTokens(bits: TokenBits, removed: TokenBits): void {
  for (let word = 0; word < bits.length; word++) bits[word] = (bits[word] ?? 0) & ~(removed[word] ?? 0);
}

/** Sets the logits of all other tokens to -Infinity. */
export function maskLogits(logits: Float32Array, allowed: TokenBits): void {
  for (let word = 0; word < allowed.length; word++) {
    const bits = allowed[word] ?? 0;
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
