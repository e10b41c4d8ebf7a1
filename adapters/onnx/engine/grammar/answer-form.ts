import { z } from 'zod';
import { jsonObjectSchema } from '../json-object.ts';

/** What an answer must look like. Schemas are as `schema-support.ts` has read them. */
export const answerFormSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('json'), schema: jsonObjectSchema }),
  z.strictObject({
    type: z.literal('tool-calls'),
    tools: z.array(z.strictObject({ name: z.string(), parameters: jsonObjectSchema })).min(1),
    /** Whether there must be a call; else the model may answer in words. */
    required: z.boolean(),
  }),
]);

export type AnswerForm = z.infer<typeof answerFormSchema>;
