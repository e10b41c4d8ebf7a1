import { startOtlpReceiver } from '../../telemetry/otlp-receiver.ts';
import { startRig } from './rig.ts';

const collectorAt = (url: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url });

/** Two gateways alike: one whose collector works and one whose does not. */
export async function startPair(brokenPort: number) {
  const working = await startOtlpReceiver();
  const [healthy, suffering] = await Promise.all([
    startRig({ providers: ['primary'], env: collectorAt(working.url) }),
    startRig({ providers: ['primary'], env: collectorAt(`http://127.0.0.1:${brokenPort}`) }),
  ]);
  return {
    healthy,
    suffering,
    async [Symbol.asyncDispose]() {
      await healthy[Symbol.asyncDispose]();
      await suffering[Symbol.asyncDispose]();
      await working.close();
    },
  };
}
