import { createParser } from 'eventsource-parser';
import { z } from 'zod';
import { startLlamaServer } from '../../test/support/real-downloads.ts';
import { residentMegabytes } from './resident.ts';
import { system, type LocalServer, type Seen } from './server.ts';

const eventSchema = z.object({
  choices: z.array(z.object({ delta: z.object({ content: z.string().nullish() }) })),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish(),
});

const likelySchema = z.object({
  choices: z.tuple([
    z.object({
      logprobs: z.object({
        content: z.tuple([
          z.object({ top_logprobs: z.array(z.object({ token: z.string(), logprob: z.number() })) }),
        ]),
      }),
    }),
  ]),
});

/** llama.cpp's own server with eight slots of 2,048 tokens and two threads; its other settings are its defaults. */
export async function startLlama(name: string, model: string): Promise<LocalServer> {
  const server = await startLlamaServer({ model, slots: 8, threads: 2 });
  return {
    name,
    pid: server.pid,
    ask: (prompt, maxOutputTokens) => ask(`${server.baseUrl}/chat/completions`, prompt, maxOutputTokens),
    firstTokens: (prompt) => firstTokens(`${server.baseUrl}/chat/completions`, prompt),
    residentMegabytes: () => residentMegabytes(server.pid),
    stop: () => server.stop(),
  };
}

const messagesOf = (prompt: string): readonly object[] => [
  { role: 'system', content: system },
  { role: 'user', content: prompt },
];

async function firstTokens(url: string, prompt: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      messages: messagesOf(prompt),
      temperature: 0,
      max_tokens: 1,
      logprobs: true,
      top_logprobs: 20,
    }),
  });
  const [{ logprobs }] = likelySchema.parse(await response.json()).choices;
  return new Map(logprobs.content[0].top_logprobs.map(({ token, logprob }) => [token, logprob]));
}

async function ask(url: string, prompt: string, maxOutputTokens: number): Promise<Seen> {
  const startedMs = performance.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      messages: messagesOf(prompt),
      temperature: 0,
      repeat_penalty: 1.2,
      max_tokens: maxOutputTokens,
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
  const times: number[] = [];
  let usage = { prompt_tokens: 0, completion_tokens: 0 };
  const parser = createParser({
    onEvent({ data }) {
      if (data === '[DONE]') return;
      const event = eventSchema.parse(JSON.parse(data));
      if ((event.choices[0]?.delta.content ?? '') !== '') times.push(performance.now());
      usage = event.usage ?? usage;
    },
  });
  for await (const text of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    parser.feed(text);
  }
  const firstMs = (times[0] ?? Number.NaN) - startedMs;
  const writingMs = (times.at(-1) ?? Number.NaN) - startedMs - firstMs;
  return { firstMs, writingMs, inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens };
}
