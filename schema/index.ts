import './scalars.ts';
import './deployment.ts';
import './model.ts';
import './plan.ts';
import './generation.ts';
import './generation-event.ts';
import './resume-stream.ts';
import './embedding.ts';
import './classification.ts';
import './reranking.ts';
import './breaker-operations.ts';
import './local-models.ts';
import './model-pull.ts';
import { builder } from './builder.ts';

export const schema = builder.toSchema({ sortSchema: true });
