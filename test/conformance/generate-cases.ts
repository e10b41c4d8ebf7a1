import { expect } from 'vitest';
import { needed, type ConformanceCase } from './case.ts';
import { drain, finishOf, generate, partsOf, textOf } from './observe.ts';

/** The shape of an answer. */
export const generateCases = [
  {
    name: 'an answer ends with exactly one finish and nothing after it',
    async run(subject) {
      const iterator = generate(subject.fixture.adapter, needed(subject, 'answer'));
      const parts = await drain(iterator);
      expect(parts.filter((part) => part.type === 'finish')).toHaveLength(1);
      expect(parts.at(-1)?.type).toBe('finish');
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
    },
  },
  {
    name: 'an answer comes in at least two parts of text, none of them empty',
    async run(subject) {
      const parts = await partsOf(subject.fixture.adapter, needed(subject, 'answer'));
      const texts = parts.flatMap((part) => (part.type === 'text-delta' ? [part.text] : []));
      expect(texts.length).toBeGreaterThanOrEqual(2);
      expect(texts).not.toContain('');
    },
  },
  {
    name: 'usage counts the tokens of prompt and answer',
    async run(subject) {
      const { usage } = finishOf(await partsOf(subject.fixture.adapter, needed(subject, 'answer')));
      for (const tokens of [usage.inputTokens, usage.outputTokens]) {
        expect(tokens).toSatisfy(Number.isSafeInteger);
        expect(tokens).toBeGreaterThan(0);
      }
    },
  },
  {
    name: 'unknown usage is undefined',
    async run(subject) {
      const { usage } = finishOf(
        await partsOf(subject.fixture.adapter, needed(subject, 'answerWithoutUsage')),
      );
      expect(usage).toStrictEqual({
        inputTokens: undefined,
        outputTokens: undefined,
        cachedInputTokens: undefined,
        reasoningTokens: undefined,
      });
    },
  },
  {
    name: 'response metadata comes at most once and before every other part',
    async run(subject) {
      const parts = await partsOf(subject.fixture.adapter, needed(subject, 'answer'));
      const places = parts.flatMap((part, place) => (part.type === 'response-metadata' ? [place] : []));
      expect([[], [0]]).toContainEqual(places);
    },
  },
  {
    name: 'characters of several bytes arrive whole',
    async run(subject) {
      const { call, text } = needed(subject, 'unicode');
      const parts = await partsOf(subject.fixture.adapter, call);
      expect(textOf(parts)).toBe(text);
      for (const part of parts) {
        if (part.type === 'text-delta') expect(part.text.isWellFormed()).toBe(true);
      }
    },
  },
  {
    name: 'two calls at once stay apart',
    async run(subject) {
      const [first, second] = needed(subject, 'apart');
      const { adapter } = subject.fixture;
      const alone = [textOf(await partsOf(adapter, first)), textOf(await partsOf(adapter, second))];
      const together = await Promise.all([partsOf(adapter, first), partsOf(adapter, second)]);
      expect(together.map(textOf)).toEqual(alone);
      expect(alone[0]).not.toBe(alone[1]);
    },
  },
  {
    name: 'a consumer that stops pulling holds the producer back',
    async run(subject) {
      const { fixture } = subject;
      if (fixture.heldBack === undefined || fixture.bufferLimit === undefined) {
        throw new Error('this case needs "heldBack" and "bufferLimit" of the fixture');
      }
      const aborter = new AbortController();
      const iterator = generate(fixture.adapter, needed(subject, 'flood'), aborter.signal);
      await iterator.next();
      const produced = await fixture.heldBack(fixture.bufferLimit);
      aborter.abort();
      await iterator.next().catch(() => undefined);
      expect(produced).toBeGreaterThan(0);
      expect(produced).toBeLessThanOrEqual(fixture.bufferLimit);
    },
  },
] as const satisfies readonly ConformanceCase[];
