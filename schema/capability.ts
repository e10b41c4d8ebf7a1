import { builder } from './builder.ts';

export const CapabilityRef = builder.enumType('Capability', {
  description: 'Something a model can do.',
  values: {
    TEXT: { value: 'text' },
    IMAGES: { value: 'images', description: 'Reads images in messages.' },
    TOOLS: { value: 'tools', description: 'Calls tools.' },
    JSON: { value: 'json', description: 'Promises that an answer is JSON.' },
    JSON_SCHEMA: { value: 'json-schema', description: 'Promises that an answer fits a JSON Schema.' },
    EMBEDDINGS: { value: 'embeddings' },
    CLASSIFICATION: { value: 'classification', description: 'Gives texts labels.' },
    LOG_PROBABILITIES: { value: 'log-probabilities', description: 'Says how likely each token was.' },
    RERANKING: { value: 'reranking', description: 'Orders texts by how well they answer a query.' },
  } as const,
});
