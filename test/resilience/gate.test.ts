import { describe, expect, test } from 'vitest';
import { breakerSettingsSchema } from '../../src/domain/breaker-settings.ts';
import { createGates, defaultGateSettings, type GateChange } from '../../src/resilience/gate.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function createFixture() {
  const clock = createFakeClock();
  const gates = createGates({
    clock,
    random: () => 0,
    settingsFor: (deployment) => ({
      ...defaultGateSettings,
      breaker: breakerSettingsSchema.parse(deployment === 'touchy' ? { minimumCalls: 1, slowCallMs: 1 } : {}),
    }),
  });
  return { clock, gates };
}

const rateLimited = { verdict: 'neutral', cooldown: 'short', retryAfterMs: 30_000 } as const;

describe('a gate', () => {
  test('stays shut in a panic while its deployment cools down', () => {
    const gate = createFixture().gates.of('small');
    gate.tryEnter()?.settle(rateLimited);
    expect(gate.tryEnter({ panic: true, lastChance: true })).toBeUndefined();
  });

  test('is open again after a reset, the cooldown is over too', () => {
    const gate = createFixture().gates.of('small');
    gate.tryEnter()?.settle(rateLimited);
    gate.holdOpen();
    gate.reset();
    expect(gate.status()).toMatchObject({ cooldownUntilMs: undefined, breaker: { state: 'closed' } });
    expect(gate.tryEnter()).toBeDefined();
  });

  test('has settings of its own', () => {
    const { gates } = createFixture();
    for (const name of ['small', 'touchy']) gates.of(name).tryEnter()?.settle({ verdict: 'failure' });
    expect(gates.of('small').status().breaker.state).toBe('closed');
    expect(gates.of('touchy').status().breaker.state).toBe('open');
    expect(gates.of('small').slowAfterMs(undefined)).toBe(10_000);
    expect(gates.of('touchy').slowAfterMs(100)).toBe(300);
  });
});

test('listeners hear of every breaker by its name, until they stop', () => {
  const { gates } = createFixture();
  const heard: GateChange[] = [];
  const stop = gates.onChange((change) => heard.push(change));
  gates.of('small').holdOpen({ reason: 'maintenance' });
  stop();
  gates.of('small').reset();
  expect(heard).toEqual([
    {
      deployment: 'small',
      from: 'closed',
      to: 'open',
      reason: 'held open by an operator: maintenance',
    },
  ]);
});
