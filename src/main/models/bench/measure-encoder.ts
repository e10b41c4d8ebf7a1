import type { ModelAdapter } from '../../../../adapters/contract.ts';
import type { EncoderDescription } from '../../../../adapters/onnx/encoder-description.ts';
import type { Clock } from '../../../platform/clock.ts';
import { median, type BenchFigure } from './figures.ts';
import { benchText } from './texts.ts';

export interface EncoderMeasure {
  readonly adapter: ModelAdapter;
  readonly task: EncoderDescription['task'];
  readonly callers: number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

const textsOfEach = 20;
const wordsOfText = 15;

/** How many short texts an encoder reads for one caller, and for many that each wait for their last text. */
export async function measureEncoder(measure: EncoderMeasure): Promise<readonly BenchFigure[]> {
  const { callers, clock, onProgress } = measure;
  const total = (1 + callers) * textsOfEach;
  let begun = 0;
  let done = 0;

  async function readOne(): Promise<number> {
    const startedMs = clock.monotonicMs();
    await read(measure, benchText((begun += 1), wordsOfText));
    onProgress((done += 1), total);
    return clock.monotonicMs() - startedMs;
  }
  async function readInTurn(): Promise<readonly number[]> {
    const tookMs: number[] = [];
    for (let text = 0; text < textsOfEach; text += 1) tookMs.push(await readOne());
    return tookMs;
  }
  async function crowd(size: number): Promise<{ readonly perSecond: number; readonly p50Ms: number }> {
    const startedMs = clock.monotonicMs();
    const tookMs = (await Promise.all(Array.from({ length: size }, readInTurn))).flat();
    const perSecond = (1000 * tookMs.length) / (clock.monotonicMs() - startedMs);
    return { perSecond, p50Ms: median(tookMs) };
  }

  const alone = await crowd(1);
  const together = await crowd(callers);
  return [
    { key: 'textsPerSecondAlone', what: '1 caller', value: alone.perSecond, unit: 'texts/s' },
    {
      key: 'textsPerSecondTogether',
      what: `${callers} callers together`,
      value: together.perSecond,
      unit: 'texts/s',
    },
    { key: 'textMsAlone', what: 'a text p50, 1 caller', value: alone.p50Ms, unit: 'ms' },
    { key: 'textMsTogether', what: `a text p50, ${callers} callers`, value: together.p50Ms, unit: 'ms' },
  ];
}

async function read({ adapter, task, signal }: EncoderMeasure, text: string): Promise<void> {
  switch (task) {
    case 'embed':
      await adapter.embed?.({ texts: [text] }, signal);
      return;
    case 'classify':
      await adapter.classify?.({ texts: [text] }, signal);
      return;
    case 'rerank':
      await adapter.rerank?.({ query: 'fish', documents: [text] }, signal);
  }
}
