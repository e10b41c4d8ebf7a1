import { z } from 'zod';
import type { JsonObject } from '../../contract.ts';

const plain = z.record(z.string(), z.json());

/** A JSON object of any depth. */
export const jsonObjectSchema = z.custom<JsonObject>((value) => plain.safeParse(value).success);
