import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CachePiece, DecoderRow } from './decoder.ts';
import { promptPieceTokens } from './prompt-pieces.ts';

/** Whose prompt it is, and how much of its beginning is the operator's. */
export interface PrefixOwner {
  readonly tenant: string;
  /** Tokens from the start that every caller's prompt has, such as a configured system message. @default 0 */
  readonly operatorTokens: number;
}

/**
 * Keys and values of prompts that were computed, to be used again by prompts that begin alike: by whole pieces, the ones used longest
 * ago go first. What a tenant's prompts have left is found by that tenant only: how fast an answer begins would tell others what was
 * asked. The pieces within the operator's own beginning serve everybody.
 */
export interface PrefixCache {
  /** Fills an empty row with what is there of the prompt; its last token is always left to compute. */
  restore(row: DecoderRow, promptTokens: readonly number[], owner: PrefixOwner): void;
  /** Keeps the pieces of a computed prompt. */
  keep(row: DecoderRow, promptTokens: readonly number[], owner: PrefixOwner): void;
  /** What it holds. */
  bytes(): number;
}

export function createPrefixCache(maxBytes: number): PrefixCache {
  if (maxBytes === 0) return { restore: () => undefined, keep: () => undefined, bytes: () => 0 };
  const pieces = new LRUCache<string, CachePiece>({
    maxSize: maxBytes,
    sizeCalculation: ({ bytes }) => bytes,
  });
  return {
    restore({ pieces: target }, promptTokens, owner) {
      if (target === undefined) return;
      // Of a prompt of whole pieces the last one is computed again: without a run there are no logits.
      for (const key of keysOf(promptTokens.slice(0, -1), owner)) {
        const piece = pieces.get(key);
        if (piece === undefined) return;
        target.put(piece);
      }
    },
    keep({ pieces: source }, promptTokens, owner) {
      if (source === undefined) return;
      for (const [index, key] of keysOf(promptTokens, owner).entries()) {
        if (!pieces.has(key)) pieces.set(key, source.take(index * promptPieceTokens, promptPieceTokens));
      }
    },
    bytes: () => pieces.calculatedSize,
  };
}

/** One key a whole piece; it stands for all tokens up to the piece's end. */
function keysOf(tokens: readonly number[], { tenant, operatorTokens }: PrefixOwner): readonly string[] {
  const keys: string[] = [];
  let before = '';
  for (let end = promptPieceTokens; end <= tokens.length; end += promptPieceTokens) {
    const owner = end <= operatorTokens ? { operator: true } : { tenant };
    before = hash('sha256', JSON.stringify([before, owner, tokens.slice(end - promptPieceTokens, end)]));
    keys.push(before);
  }
  return keys;
}
