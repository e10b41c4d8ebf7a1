import { expect, test } from 'vitest';
import type { LoadState } from '../../adapters/local-contract.ts';
import { createProgressBar, type ProgressBar } from '../../src/platform/progress-bar.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function downloading(bytesDone: number | undefined, bytesTotal: number | undefined = 100_000_000): LoadState {
  return { step: 'downloading', what: 'model.gguf', bytesDone, bytesTotal };
}

interface Screen {
  readonly bar: ProgressBar;
  readonly written: string[];
  readonly clock: ReturnType<typeof createFakeClock>;
}

function onScreen(stream: { readonly isTTY?: boolean; readonly columns?: number }): Screen {
  const written: string[] = [];
  const clock = createFakeClock();
  const sink = { ...stream, write: (text: string) => written.push(text) };
  return { bar: createProgressBar(sink, { label: 'tiny', clock }), written, clock };
}

const terminal = { isTTY: true, columns: 80 };

test('on a terminal the line rewrites itself and shows a bar', () => {
  const { bar, written, clock } = onScreen(terminal);
  bar.update(downloading(0));
  clock.advance(100);
  bar.update(downloading(50_000_000));
  expect(written).toEqual([
    `\rtiny: downloading model.gguf, 100 MB ${'░'.repeat(30)}\u001B[K`,
    `\rtiny: downloading model.gguf, 50 MB of 100 MB ${'█'.repeat(15)}${'░'.repeat(15)}\u001B[K`,
  ]);
});

test('a terminal is drawn on at most once in 100 ms for one step', () => {
  const { bar, written, clock } = onScreen(terminal);
  for (let done = 0; done < 100; done += 1) bar.update(downloading(done * 1_000_000));
  expect(written).toHaveLength(1);
  clock.advance(100);
  bar.update(downloading(100_000_000));
  expect(written).toHaveLength(2);
});

test('a new step is drawn at once', () => {
  const { bar, written } = onScreen(terminal);
  bar.update({ step: 'downloading', what: 'model.gguf', bytesDone: undefined, bytesTotal: undefined });
  bar.update({ step: 'converting', what: 'tiny', bytesDone: undefined, bytesTotal: undefined });
  expect(written).toEqual(['\rtiny: downloading model.gguf\u001B[K', '\rtiny: converting tiny\u001B[K']);
});

test('the end state closes the line', () => {
  const { bar, written } = onScreen(terminal);
  bar.update(downloading(1));
  bar.update({ step: 'ready' });
  bar.end();
  expect(written.slice(1)).toEqual(['\rtiny: ready\u001B[K', '\n']);
});

test('ending in the middle closes the line once', () => {
  const { bar, written } = onScreen(terminal);
  bar.update(downloading(1));
  bar.end();
  bar.end();
  expect(written.slice(1)).toEqual(['\n']);
});

test.each([20, 40, 60, 100])('on a terminal of %i columns no line reaches the last column', (columns) => {
  const { bar, written } = onScreen({ isTTY: true, columns });
  bar.update(downloading(50_000_000));
  const shown = (written[0] ?? '').replace('\r', '').replace('\u001B[K', '');
  expect(shown.length).toBeLessThan(columns);
});

test('a failure is told whole on a line of its own', () => {
  const { bar, written } = onScreen({ isTTY: true, columns: 20 });
  bar.update({ step: 'failed', problem: 'no source has the model', retryAtMs: undefined });
  expect(written).toEqual(['\rtiny: failed: no source has the model\u001B[K', '\n']);
});

test('elsewhere each step is one plain line', () => {
  const { bar, written, clock } = onScreen({});
  for (const done of [undefined, 10_000_000, 90_000_000]) {
    bar.update(downloading(done));
    clock.advance(1000);
  }
  bar.update({ step: 'idle' });
  bar.update({ step: 'loading', what: 'tiny', bytesDone: undefined, bytesTotal: undefined });
  bar.update({ step: 'ready' });
  expect(written).toEqual([
    'tiny: downloading model.gguf, 100 MB\n',
    'tiny: loading tiny\n',
    'tiny: ready\n',
  ]);
});
