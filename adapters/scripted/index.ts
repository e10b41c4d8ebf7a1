import { createCallScopes, leavable } from '../call-scope.ts';
import type { AdapterContext, ModelAdapter, ModelTraits } from '../contract.ts';
import { classifyTexts } from './classify.ts';
import { embedTexts } from './embed.ts';
import { generateParts } from './generate.ts';
import type { ScriptedOptions } from './options.ts';
import { rerankDocuments } from './rerank.ts';
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
    labels: options.labels,
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
  const classifying: Pick<ModelAdapter, 'classify'> = {
    classify: (call, signal) => classifyTexts(theatre, call, scopes.open(signal)),
  };
  const reranking: Pick<ModelAdapter, 'rerank'> = {
    rerank: (call, signal) => rerankDocuments(theatre, call, scopes.open(signal)),
  };
  return {
    kind: 'scripted',
    traits: () => traits,
    ...(options.capabilities.includes('text') ? generating : {}),
    ...(options.capabilities.includes('embeddings') ? embedding : {}),
    ...(options.capabilities.includes('classification') ? classifying : {}),
    ...(options.capabilities.includes('reranking') ? reranking : {}),
    close() {
      scopes.close();
      return Promise.resolve();
    },
  };
}
