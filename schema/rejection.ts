import { rejectionCodes, type Rejection } from '../src/domain/plan.ts';
import { builder } from './builder.ts';
import { DeploymentRef } from './refs.ts';

const RejectionCodeRef = builder.enumType('RejectionCode', { values: rejectionCodes });

export const RejectionRef = builder.objectRef<Rejection>('Rejection').implement({
  description: 'Why a deployment is not a candidate.',
  fields: (t) => ({
    deployment: t.expose('deployment', { type: DeploymentRef }),
    code: t.expose('code', { type: RejectionCodeRef }),
    reason: t.exposeString('reason'),
  }),
});
