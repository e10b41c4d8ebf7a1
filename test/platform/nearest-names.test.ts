import { expect, test } from 'vitest';
import { didYouMean, nearestNames } from '../../src/platform/nearest-names.ts';

test('the nearest name is first', () => {
  expect(nearestNames('gpt-6-lun', ['gpt-6-sol', 'gpt-6-luna', 'smollm2-135m'])).toEqual(['gpt-6-luna']);
  expect(nearestNames('bests', ['fastest', 'best'])).toEqual(['best']);
});

test('case does not matter', () => {
  expect(nearestNames('BALANCED', ['balanced'])).toEqual(['balanced']);
});

test('a name cut short is near', () => {
  expect(nearestNames('input', ['inputUsdPerMillionTokens', 'outputUsdPerMillionTokens'])).toEqual([
    'inputUsdPerMillionTokens',
  ]);
});

test('nothing is suggested where nothing is near', () => {
  expect(nearestNames('zebra', ['balanced', 'cheapest'])).toEqual([]);
  expect(didYouMean('zebra', ['balanced'])).toBe('');
});

test('equally near names are all given, three at most', () => {
  expect(didYouMean('ab', ['ac', 'ad', 'ae', 'af'])).toBe(' (did you mean "ac" or "ad" or "ae"?)');
});
