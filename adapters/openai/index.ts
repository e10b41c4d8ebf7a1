import { createCallScopes } from '../call-scope.ts';
import type { AdapterContext, ModelAdapter, ModelTraits } from '../contract.ts';
import { Client } from './client.ts';
import type { Deployment } from './deployment.ts';
import { embedTexts } from './embed.ts';
import { AnswerParts } from './generate.ts';
import type { OpenAiOptions } from './options.ts';
import { createTransport } from './transport.ts';

/** A model behind OpenAI's chat completions or embeddings, at OpenAI or any server that speaks them. */
export function createOpenAiAdapter(options: OpenAiOptions, context: AdapterContext): ModelAdapter {
  const scopes = createCallScopes(context.deployment);
  const transport = createTransport({
    connectMs: options.timeouts.connectMs,
    http2: options.http2,
    clock: context.clock,
  });
  const deployment: Deployment = {
    name: context.deployment,
    client: new Client(options, transport),
    options,
    context,
    secrets: [options.apiKey ?? [], Object.values(options.headers)].flat(),
  };
  const traits: ModelTraits = {
    capabilities: options.capabilities,
    contextTokens: options.contextTokens,
    samplingParameters: options.samplingParameters,
  };
  const work: Pick<ModelAdapter, 'generate' | 'embed'> = options.capabilities.includes('embeddings')
    ? { embed: (call, signal) => embedTexts(deployment, call, scopes.open(signal)) }
    : {
        generate: (call, signal) => new AnswerParts(deployment, call, scopes.open(signal)),
      };
  return {
    kind: 'openai',
    traits: () => traits,
    ...work,
    async close() {
      scopes.close();
      await transport.close();
    },
  };
}
