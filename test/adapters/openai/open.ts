import { onTestFinished } from 'vitest';
import type { AdapterContext, ModelAdapter, ModelCall } from '../../../adapters/contract.ts';
import type { AdapterError, AdapterErrorKind } from '../../../adapters/errors.ts';
import { createOpenAiAdapter } from '../../../adapters/openai/index.ts';
import { openAiOptionsSchema } from '../../../adapters/openai/options.ts';
import { conformanceContext } from '../../conformance/fixture.ts';
import { adapterErrorOf, partsOf } from '../../conformance/observe.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { startUpstreamServer, type Handler, type UpstreamServer } from '../../support/upstream-server.ts';

export const apiKey = 'sk-test-0123456789abcdef';

export interface Opened {
  readonly adapter: ModelAdapter;
  readonly upstream: UpstreamServer;
  readonly clock: FakeClock;
}

export type Options = Readonly<Record<string, unknown>>;

/** The driver before a server that answers as told. Both close with the test. */
export async function open(handler: Handler, options: Options = {}): Promise<Opened> {
  const upstream = await startUpstreamServer(handler);
  const clock = createFakeClock();
  const adapter = adapterFor({ baseUrl: upstream.baseUrl, apiKey, ...options }, { clock });
  onTestFinished(async () => {
    await adapter.close();
    await upstream.close();
  });
  return { adapter, upstream, clock };
}

/** The driver with these options; the test closes it. */
export function adapterFor(options: Options, context: Partial<AdapterContext> = {}): ModelAdapter {
  return createOpenAiAdapter(
    openAiOptionsSchema.parse({ model: 'gpt-test', ...options }),
    conformanceContext({ deployment: 'remote', ...context }),
  );
}

export function ask(text: string, rest: Partial<ModelCall> = {}): ModelCall {
  return { messages: [{ role: 'user', content: [{ type: 'text', text }] }], sampling: {}, ...rest };
}

/** The error, of this kind, that one call ends with before a server that answers as told. */
export async function failureOf(
  kind: AdapterErrorKind,
  handler: Handler,
  options: Options = {},
): Promise<AdapterError> {
  const { adapter } = await open(handler, options);
  return await adapterErrorOf(partsOf(adapter, ask('Hi')), kind);
}
