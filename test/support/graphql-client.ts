import { z } from 'zod';

const responseSchema = z.looseObject({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.looseObject({ message: z.string() })).optional(),
});
export type GraphqlResponse = z.infer<typeof responseSchema>;

const fieldSchema = z.record(z.string(), z.unknown());

/** An object in the data of a response; fails where it is not there, with what is. */
export function fieldOf(response: GraphqlResponse, name: string): Readonly<Record<string, unknown>> {
  const field = fieldSchema.safeParse(response.data?.[name]);
  if (field.success) return field.data;
  throw new Error(`there is no object data.${name} in ${JSON.stringify(response)}`);
}

export interface Operation {
  readonly query: string;
  readonly variables?: object;
}

/** One query over HTTP, as a browser sends it. */
export async function graphql(
  url: string,
  operation: Operation,
  signal?: AbortSignal,
): Promise<GraphqlResponse> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: JSON.stringify(operation),
    ...(signal === undefined ? {} : { signal }),
  });
  return responseSchema.parse(await response.json());
}

/** A subscription over SSE at the same address: the payload of each `next` event, as it arrives. */
export async function* subscribe(
  url: string,
  operation: Operation,
  signal?: AbortSignal,
): AsyncGenerator<GraphqlResponse> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(operation),
    ...(signal === undefined ? {} : { signal }),
  });
  if (response.body === null) throw new Error(`no body, status ${response.status}`);
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: ?(.+)$/m.exec(block)?.[1];
      if (/^event: ?next$/m.test(block) && data !== undefined) yield responseSchema.parse(JSON.parse(data));
    }
  }
}
