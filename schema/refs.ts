import type { Deployment } from '../src/domain/deployment.ts';
import { builder } from './builder.ts';

/** Types that refer to each other are named here and implemented in files of their own, so that no import goes in a circle. */
export const DeploymentRef = builder.objectRef<Deployment>('Deployment');
export const ModelRef = builder.objectRef<{ readonly name: string }>('Model');
