import type { Client } from 'graphql-ws';
import { answerOf } from './behaviours.ts';
import {
  ask,
  askOverWebSocket,
  input,
  openWebSocket,
  overSse,
  overWebSocket,
  stream,
  type Sample,
  type Streamed,
} from './clients.ts';
import { ownCapability } from './rig.ts';
import { pick } from './saboteur.ts';

export interface Tally {
  calls: number;
  answers: number;
  problems: number;
  /** Clients that left of themselves. */
  left: number;
  /** What no client should ever see. */
  readonly wrong: string[];
}

export interface Crowd {
  readonly tally: Tally;
  /** Resolves when the last call has ended. */
  stop(): Promise<void>;
}

interface Visit {
  readonly url: string;
  readonly client: Client;
  readonly given: object;
  readonly random: () => number;
}

/** Ends with what the client saw; `undefined` where it left. */
type Kind = (visit: Visit) => Promise<Sample | Streamed | undefined>;

const kinds: readonly Kind[] = [
  async ({ url, given }) => await ask(url, given),
  async ({ url, given }) => await stream(overSse(url, given)),
  async ({ client, given }) => await stream(overWebSocket(client, given)),
  async ({ client, given }) => await askOverWebSocket(client, given),
  async ({ url, given, random }) => {
    const leave = AbortSignal.timeout(1 + Math.floor(30 * random()));
    const sample = await stream(overSse(url, given, leave));
    return leave.aborted ? undefined : sample;
  },
];

/** Clients of every kind that call one after the other, each with a pause between. */
export function startCrowd(url: string, size: number, random: () => number): Crowd {
  const tally: Tally = { calls: 0, answers: 0, problems: 0, left: 0, wrong: [] };
  const over = new AbortController();
  const members = Array.from({ length: size }, async () => {
    const client = openWebSocket(url);
    while (!over.signal.aborted) {
      const given = { ...input, ...wish(random) };
      count(tally, await pick(kinds, random)({ url, client, given, random }));
      await new Promise((resolve) => setTimeout(resolve, 200 * random()));
    }
    await client.dispose();
  });
  return {
    tally,
    async stop() {
      over.abort();
      await Promise.all(members);
    },
  };
}

/** Any provider, or one alone, so that each of them gets calls. */
function wish(random: () => number): object {
  const prompt = `Hello ${Math.floor(1000 * random())}`;
  const timeoutMs = 10_000;
  if (random() < 0.4) return { prompt, timeoutMs };
  return { prompt, timeoutMs, constraints: { capabilities: [pick(ownCapability, random)] } };
}

function count(tally: Tally, sample: Sample | Streamed | undefined): void {
  tally.calls += 1;
  if (sample === undefined) return void (tally.left += 1);
  if (sample.result === 'answer') tally.answers += 1;
  if (sample.result === 'problem') tally.problems += 1;
  const wrong = fault(sample);
  if (wrong !== undefined) tally.wrong.push(wrong);
}

function fault(sample: Sample | Streamed): string | undefined {
  const { result, text, deployment = '', code = '' } = sample;
  if (result === 'broken') return `broken: ${code}`;
  if (result === 'answer' && text !== answerOf(deployment)) return `${deployment} said: ${text}`;
  if (!('delivered' in sample)) return undefined;
  const { delivered, partialText } = sample;
  if (result === 'answer' && delivered !== text) return `delivered: ${delivered}, answered: ${text}`;
  if (result === 'problem' && delivered !== partialText)
    return `delivered: ${delivered}, partial: ${partialText}`;
  return undefined;
}
