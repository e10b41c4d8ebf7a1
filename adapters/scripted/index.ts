import { createCallScopes, leavable } from '../call-scope.ts';
import type { AdapterContext, ModelAdapter, ModelTraits } from '../contract.ts';
import { embedTexts } from './embed.ts';
import { generateParts } from './generate.ts';
import type { ScriptedOptions } from './options.ts';
import { createRuleBook } from './rules.ts';
import type { Theatre } from './theatre.ts';

/** A model that plays a script, the same for the same calls in the same order. */
export function createScriptedAdapter(options: ScriptedOptions, context: AdapterContext): ModelAdapter {
  const scopes = createCallScopes(context.deployment);
  const theatre: Theatre = {
    deployment: context.deployment,
    clock: context.clock,
    rules: createRuleBook(options.rules),
    dimensions: options.dimensions,
  };
  const traits: ModelTraits = {
    capabilities: options.capabilities,
    contextTokens: options.contextTokens,
    samplingParameters: options.samplingParameters,
  };
  const generating: Pick<ModelAdapter, 'generate'> = {
    generate(call, signal) {
      const scope = scopes.open(signal);
      return leavable(generateParts(theatre, call, scope), scope);
    },
  };
  const embedding: Pick<ModelAdapter, 'embed'> = {
    embed: (call, signal) => embedTexts(theatre, call, scopes.open(signal)),
  };
  return {
    kind: 'scripted',
    traits: () => traits,
    ...(options.capabilities.includes('text') ? generating : {}),
    ...(options.capabilities.includes('embeddings') ? embedding : {}),
    close() {
      scopes.close();
      return Promise.resolve();
    },
  };
}
