import { expect, test } from 'vitest';
import { startOtlpReceiver } from '../telemetry/otlp-receiver.ts';
import { startTcpServer } from '../support/upstream-server.ts';
import { startPair } from './support/collectors.ts';
import { report } from './support/figures.ts';
import { load } from './support/load.ts';
import { residentMb } from './support/process-facts.ts';
import { startRig } from './support/rig.ts';

test('24: what a silent collector does not take, is not kept: memory grows as with one that works', async () => {
  const collector = await startTcpServer((socket) => socket.resume());
  await using pair = await startPair(collector.port);
  const grown = async ({ ask, gateway }: typeof pair.healthy): Promise<number> => {
    // More spans than the queue of 2048 takes.
    await load(ask, { workers: 16, calls: 800 });
    const beforeMb = residentMb(gateway().process.pid);
    await load(ask, { workers: 16, calls: 1200 });
    return residentMb(gateway().process.pid) - beforeMb;
  };
  const [healthyMb, sufferingMb] = [await grown(pair.healthy), await grown(pair.suffering)];
  await collector.close();
  report('24 memory over 1200 calls with a full queue', {
    'MB with a working one': healthyMb,
    'MB with a silent one': sufferingMb,
  });
  expect(sufferingMb - healthyMb).toBeLessThan(20);
});

test('24: spans that were dropped are counted in a metric', async () => {
  const receiver = await startOtlpReceiver({ silentAt: '/v1/traces' });
  await using rig = await startRig({
    providers: ['primary'],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_MAX_QUEUE_SIZE: '64',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '32',
    },
  });
  await load(rig.ask, { workers: 16, calls: 300 });
  await rig.gateway().stop();
  await receiver.close();
  const dropped = receiver.sums.filter(
    ({ name, attributes }) =>
      name === 'otel.sdk.processor.span.processed' && attributes['error.type'] === 'queue_full',
  );
  report('24 dropped spans', { counted: dropped.at(-1)?.value ?? 0 });
  // Of 900 spans the queue holds 64, and a batch or two of 32 are on their way.
  expect(dropped.at(-1)?.value).toBeGreaterThanOrEqual(900 - 64 - 64);
});
