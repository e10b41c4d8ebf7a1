import type { Exchange, Handler } from './upstream-server.ts';

export const sseHeaders = { 'content-type': 'text/event-stream; charset=utf-8' } as const;

/** One server-sent event with this JSON (or this text) as its data. */
export function sse(data: unknown): string {
  return `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

export const done = sse('[DONE]');

/** An event with one delta, as OpenAI writes it. */
export function delta(fields: object, finishReason: string | null = null): string {
  return sse({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_780_000_000,
    model: 'gpt-test-2026-01-01',
    choices: [{ index: 0, delta: fields, finish_reason: finishReason }],
    usage: null,
  });
}

/** The last event before `[DONE]`. */
export function usage(promptTokens = 7, completionTokens = 3): string {
  return sse({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_780_000_000,
    model: 'gpt-test-2026-01-01',
    choices: [],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
      prompt_tokens_details: { cached_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 1 },
    },
  });
}

/** A whole, clean stream with these texts. */
export function answerStream(...texts: readonly string[]): string {
  return [
    delta({ role: 'assistant', content: '' }),
    ...texts.map((content) => delta({ content })),
    delta({}, 'stop'),
    usage(),
    done,
  ].join('');
}

/** The reply to a request that asks for no stream. */
export function completion(text: string, finishReason: string | null = 'stop'): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_780_000_000,
    model: 'gpt-test-2026-01-01',
    choices: [
      { index: 0, message: { role: 'assistant', content: text, refusal: null }, finish_reason: finishReason },
    ],
    usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  };
}

/** Whether a request asks for a stream, and not for one reply in JSON. */
export function asksForStream({ body }: Exchange): boolean {
  return typeof body === 'object' && body !== null && 'stream' in body && body.stream === true;
}

/** Answers every request with this stream of events, ended cleanly. */
export function answering(stream: string): Handler {
  return (exchange) => {
    exchange.head(200, sseHeaders);
    exchange.end(stream);
  };
}

/** Refuses every request with this status and an error body as OpenAI writes it. */
export function refusing(
  status: number,
  error: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Handler {
  return (exchange) =>
    exchange.json(
      status,
      { error: { message: 'No.', type: null, param: null, code: null, ...error } },
      headers,
    );
}

/** Sends the bytes one by one, so that every character and every line is torn apart. */
export async function drip(exchange: Exchange, stream: string): Promise<void> {
  for (const byte of Buffer.from(stream)) await exchange.write(Buffer.of(byte));
}

/** The text of the last message of a chat request. */
export function lastMessage({ body }: Exchange): string {
  const { messages } = body as { messages: readonly { content: string }[] };
  return messages.at(-1)?.content ?? '';
}
