import { expect, test } from 'vitest';
import type { CachePiece, DecoderRow } from '../../../adapters/onnx/engine/decoder.ts';
import { createPrefixCache, type PrefixOwner } from '../../../adapters/onnx/engine/prefix-cache.ts';

const pieceBytes = 100;

interface NamedPiece extends CachePiece {
  readonly from: number;
}

const isNamed = (piece: CachePiece): piece is NamedPiece => 'from' in piece;

/** A row that says which pieces went in. */
function row(): DecoderRow & { readonly filled: string[] } {
  const filled: string[] = [];
  return {
    filled,
    get length() {
      return 64 * filled.length;
    },
    pieces: {
      take: (from, count): NamedPiece => ({
        tokens: count,
        bytes: pieceBytes,
        from,
      }),
      put: (piece) => filled.push(isNamed(piece) ? `${piece.from}+${piece.tokens}` : 'unknown'),
    },
    close: () => undefined,
  };
}

const tokens = (count: number, first = 0): number[] => Array.from({ length: count }, (_, at) => first + at);
const owner = (tenant: string, operatorTokens = 0): PrefixOwner => ({ tenant, operatorTokens });

function restored(
  kept: { readonly tokens: readonly number[]; readonly owner: PrefixOwner },
  asked: { readonly tokens: readonly number[]; readonly owner: PrefixOwner },
): readonly string[] {
  const cache = createPrefixCache(100 * pieceBytes);
  cache.keep(row(), kept.tokens, kept.owner);
  const target = row();
  cache.restore(target, asked.tokens, asked.owner);
  return target.filled;
}

test('a prompt that begins like an earlier one gets its whole pieces', () => {
  const kept = { tokens: tokens(150), owner: owner('a') };
  const asked = { tokens: [...tokens(140), 7, 7, 7], owner: owner('a') };
  expect(restored(kept, asked)).toEqual(['0+64', '64+64']);
});

test('nothing after the first difference is used', () => {
  const kept = { tokens: tokens(200), owner: owner('a') };
  const asked = { tokens: [...tokens(70), 9999, ...tokens(100, 71)], owner: owner('a') };
  expect(restored(kept, asked)).toEqual(['0+64']);
});

test('the last token of a prompt is always left to compute', () => {
  const same = { tokens: tokens(128), owner: owner('a') };
  expect(restored(same, same)).toEqual(['0+64']);
});

test('a tenant never gets what another has left', () => {
  expect(
    restored({ tokens: tokens(200), owner: owner('a') }, { tokens: tokens(200), owner: owner('b') }),
  ).toEqual([]);
});

test('the operator’s own beginning serves every tenant, and only that', () => {
  expect(
    restored({ tokens: tokens(200), owner: owner('a', 64) }, { tokens: tokens(200), owner: owner('b', 64) }),
  ).toEqual(['0+64']);
});

test('what was used longest ago makes room', () => {
  const cache = createPrefixCache(2 * pieceBytes);
  const [old, used, fresh] = [tokens(65), tokens(65, 1000), tokens(65, 2000)];
  cache.keep(row(), old, owner('a'));
  cache.keep(row(), used, owner('a'));
  cache.restore(row(), old, owner('a'));
  cache.keep(row(), fresh, owner('a'));
  const filled = [old, used, fresh].map((prompt) => {
    const target = row();
    cache.restore(target, prompt, owner('a'));
    return target.filled.length;
  });
  expect(filled).toEqual([1, 0, 1]);
});

test('a cache of no bytes keeps nothing', () => {
  const cache = createPrefixCache(0);
  cache.keep(row(), tokens(200), owner('a'));
  const target = row();
  cache.restore(target, tokens(200), owner('a'));
  expect(target.filled).toEqual([]);
});
