import SchemaBuilder from '@pothos/core';
import type { JsonValue } from '../adapters/contract.ts';
import type { Breakers } from '../src/gateway/breakers.ts';
import type { Fleet } from '../src/gateway/fleet.ts';
import type { Gateway } from '../src/gateway/create-gateway.ts';
import type { LocalModels } from '../src/gateway/local-models.ts';
import type { ModelPulls } from '../src/gateway/model-pulls.ts';
import type { Caller } from '../src/gateway/resolve.ts';

/** What resolvers may use. They hold no logic: each is one call. */
export interface SchemaContext {
  readonly gateway: Gateway;
  readonly fleet: Fleet;
  readonly breakers: Breakers;
  readonly localModels: LocalModels;
  readonly modelPulls: ModelPulls;
  readonly caller: Caller;
  /** To be told where a root field could not be served for want of capacity. */
  readonly overloaded: (retryAfterMs: number) => void;
}

export const builder = new SchemaBuilder<{
  Context: SchemaContext;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: JsonValue; Output: JsonValue };
    SafeInt: { Input: number; Output: number };
  };
}>({ defaultFieldNullability: false });

builder.queryType({});
builder.mutationType({});
builder.subscriptionType({});
