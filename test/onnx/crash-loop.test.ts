import { expect, test } from 'vitest';
import { adapterErrorOf, partsOf } from '../conformance/observe.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { ask, openTinyModel, type TinyModel } from './tiny-model.ts';

async function kill(model: TinyModel): Promise<number> {
  process.kill(model.adapter.inspect().pid ?? 0, 'SIGKILL');
  const { retryAtMs } = await model.reached('failed');
  return retryAtMs ?? Number.NaN;
}

// Six processes are brought up one after the other.
const timeoutMs = 30_000;

test(
  'five crashes within a minute stop the restarts for a minute, and then the model comes back',
  { timeout: timeoutMs },
  async () => {
    const clock = createFakeClock();
    await using model = await (await openTinyModel({ context: { clock } })).ready();
    const { adapter } = model;
    const status = () => adapter.loading?.status();
    const waitsMs: number[] = [];
    for (let crash = 1; crash <= 5; crash += 1) {
      const waitMs = (await kill(model)) - clock.wallMs();
      waitsMs.push(waitMs);
      if (crash === 5) break;
      expect(status()).toMatchObject({ crashLoop: false, counts: { crashes: crash } });
      clock.advance(waitMs);
      await model.reached('ready');
    }
    // Doubled from time to time, less the half of a half that chance takes here.
    expect(waitsMs).toEqual([187.5, 375, 750, 1500, 60_000]);
    expect(status()).toMatchObject({ crashLoop: true, counts: { crashes: 5, loads: 5 } });

    clock.advance(59_999);
    expect(adapter.loading?.state().step).toBe('failed');
    await adapterErrorOf(partsOf(adapter, ask('Hello')), 'not-ready');
    clock.advance(1);
    await model.reached('ready');
    expect((await partsOf(adapter, ask('Hello', { maxOutputTokens: 2 }))).at(-1)?.type).toBe('finish');
  },
);
