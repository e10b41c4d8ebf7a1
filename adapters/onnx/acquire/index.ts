export { acquireModel } from './acquire.ts';
export { ModelAcquireError, type SourceFailure } from './model-acquire-error.ts';
export { smollm2Sources } from './smollm2.ts';
export { modelSourceSchema, modelSourcesSchema, type ModelSource } from './sources.ts';
export { pullModel, type PullRequest } from './pull.ts';
