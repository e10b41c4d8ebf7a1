import { describe, expect, test } from 'vitest';
import { formatUsd, parseUsd, tokensCostNanoUsd } from '../../src/domain/money.ts';

describe('money is exact', () => {
  test('a cost beyond the precision of a double is exact', () => {
    // 123,456,789 tokens at $150 a million: the product has 20 digits.
    expect(tokensCostNanoUsd(123_456_789, 150_000_000_001)).toBe(18_518_518_350_124);
  });

  test('a fraction of a nano-dollar is rounded up', () => {
    expect(tokensCostNanoUsd(1, 1)).toBe(1);
    expect(tokensCostNanoUsd(1, 50_000_000)).toBe(50);
    expect(tokensCostNanoUsd(0, 50_000_000)).toBe(0);
  });

  test.for([
    [0, '0'],
    [1, '0.000000001'],
    [1_500_000, '0.0015'],
    [2_000_000_000, '2'],
    [-1_500_000_000, '-1.5'],
  ] as const)('%d nano-dollars are written %s', ([nanoUsd, text]) => {
    expect(formatUsd(nanoUsd)).toBe(text);
  });

  test.for(['0', '0.001', '12.5', '1000000', '0.000000001'])('%s is read and written back', (text) => {
    expect(formatUsd(parseUsd(text) ?? -1)).toBe(text);
  });

  test.for(['', '-1', '1e3', '.5', '1.', '0.0000000001', '99999999', 'NaN', ' 1', '0x1'])(
    '"%s" is not an amount',
    (text) => {
      expect(parseUsd(text)).toBeUndefined();
    },
  );
});
