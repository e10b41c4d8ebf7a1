import { expect, test } from 'vitest';
import { createTokenReport } from '../../../adapters/onnx/engine/token-report.ts';

const letter = (tokens: number[]): string => tokens.map((token) => 'abc'[token]).join('');
const logits = (...probabilities: number[]): Float32Array =>
  Float32Array.from(probabilities, (probability) => Math.log(probability) - 2);

test('each token is told with its log-probability and the likeliest of its place', () => {
  const report = createTokenReport(2, letter);
  const tell = report.look(logits(0.2, 0.7, 0.1));
  tell(0);
  const [told] = report.take();
  expect(told?.text).toBe('a');
  expect(told?.logProbability).toBeCloseTo(Math.log(0.2), 5);
  expect(told?.top.map(({ text }) => text)).toEqual(['b', 'a']);
  expect(told?.top[0]?.logProbability).toBeCloseTo(Math.log(0.7), 5);
});

test('the probabilities are those before sampling, whatever a sampler does to the logits', () => {
  const report = createTokenReport(0, letter);
  const place = logits(0.5, 0.25, 0.25);
  const tell = report.look(place);
  place.fill(0);
  tell(1);
  expect(report.take()[0]?.logProbability).toBeCloseTo(Math.log(0.25), 5);
});

test('what was told once is not told again', () => {
  const report = createTokenReport(0, letter);
  report.look(logits(1, 0, 0))(0);
  report.look(logits(1, 0, 0))(1);
  expect(report.take().map(({ text }) => text)).toEqual(['a', 'b']);
  expect(report.take()).toEqual([]);
});
