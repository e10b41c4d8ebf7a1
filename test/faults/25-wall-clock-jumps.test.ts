import { expect, test } from 'vitest';
import { AdapterError } from '../../adapters/errors.ts';
import type { ModelAdapter } from '../../adapters/contract.ts';
import { caller, composeGateway } from '../support/composed-gateway.ts';
import { remoteDeployment } from '../support/deployments.ts';
import { settled } from '../support/fake-clock.ts';
import { failing, modelAdapter, saying } from '../support/model-adapter.ts';
import { report } from './support/figures.ts';

const hourMs = 3_600_000;
/** In less time than any pause here, so that none is waited for. */
const input = { prompt: 'Hi', cache: { mode: 'off' }, timeoutMs: 5000 };

/** Answers with one error until it is told to work. */
function mendable(error: AdapterError): ModelAdapter & { mend(): void } {
  const [broken, whole] = [failing(error), saying('fine')];
  let mended = false;
  return {
    ...broken,
    generate: (call, signal) =>
      ((mended ? whole : broken).generate ?? expect.fail('no generate'))(call, signal),
    mend: () => (mended = true),
  };
}

const silent = modelAdapter((_call, signal) => ({
  [Symbol.asyncIterator]: () => ({
    next: () =>
      new Promise((_, reject) => {
        const leave = (): void => reject(new AdapterError('aborted', 'left'));
        signal.addEventListener('abort', leave, { once: true });
      }),
  }),
}));

test.each([hourMs, -hourMs])('25: a wall clock that jumps by %i ms moves no deadline', async (jumpMs) => {
  const { gateway, clock } = composeGateway([[remoteDeployment(), silent]]);
  let over = false;
  const answer = gateway.generate(input, caller()).finally(() => (over = true));
  await settled();
  clock.jumpWall(jumpMs);
  await clock.advanceAsync(4999);
  expect(over).toBe(false);
  await clock.advanceAsync(1);
  expect(await answer).toMatchObject({ type: 'problem', problem: { code: 'DEADLINE_EXCEEDED' } });
  report(`25 the wall clock jumps by ${jumpMs / hourMs} h`, { 'ms until the deadline of 5000 held': 5000 });
});

test.each([hourMs, -hourMs])(
  '25: a wall clock that jumps by %i ms neither ends nor lengthens a pause',
  async (jumpMs) => {
    const model = mendable(new AdapterError('rate-limit', 'slower', { retryAfterMs: 10_000 }));
    const { gateway, clock } = composeGateway([[remoteDeployment(), model]]);
    const ask = async () => (await gateway.generate(input, caller())).type;
    expect(await ask()).toBe('problem');
    model.mend();
    clock.jumpWall(jumpMs);
    clock.advance(9999);
    expect(await ask()).toBe('problem');
    clock.advance(1);
    expect(await ask()).toBe('success');
  },
);

test.each([hourMs, -hourMs])(
  '25: a wall clock that jumps by %i ms neither closes a breaker nor keeps it open',
  async (jumpMs) => {
    const model = mendable(new AdapterError('connection', 'refused'));
    const { gateway, clock, fleet } = composeGateway([[remoteDeployment(), model]]);
    const ask = async () => (await gateway.generate(input, caller())).type;
    const state = () => fleet.status('large').gate.breaker.state;
    for (let call = 0; call < 5; call += 1) await ask();
    expect(state()).toBe('open');
    model.mend();
    clock.jumpWall(jumpMs);
    clock.advance(14_999);
    expect(state()).toBe('open');
    clock.advance(1);
    expect(state()).toBe('half-open');
  },
);
