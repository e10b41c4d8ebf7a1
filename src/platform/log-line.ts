import { styleText } from 'node:util';
import { escapeControls } from './control-characters.ts';

const levelColours = {
  trace: 'gray',
  debug: 'gray',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
} as const;

/**
 * One of pino's JSON lines for people: time, level, message, fields. Everything from outside stays on the line, with its
 * control characters escaped; only the stack of an error gets lines of its own.
 */
export function prettyLine(line: string): string {
  // pino made this line, from `loggable` fields.
  const { time, level, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clockTime = String(time).slice(11, 23);
  const name = String(level);
  const head = [styleText('gray', clockTime), coloured(name), escapeControls(String(message))];
  const stacks: string[] = [];
  const tail = Object.entries(fields).map(([key, value]) => {
    if (hasStack(value)) stacks.push(value.stack);
    return styleText('gray', `${escapeControls(key)}=${escapeControls(fieldText(value))}`);
  });
  const traces = stacks
    .flatMap((stack) => stack.split('\n').slice(1))
    .map((frame) => `\n${escapeControls(frame)}`);
  return `${[...head, ...tail].join(' ')}${traces.join('')}\n`;
}

function coloured(level: string): string {
  const colour = Object.entries(levelColours).find(([name]) => name === level)?.[1] ?? 'white';
  return styleText(colour, level.toUpperCase().padEnd(5));
}

function fieldText(value: unknown): string {
  if (typeof value === 'string') return /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value, (key, inner: unknown) => (key === 'stack' ? undefined : inner));
}

function hasStack(value: unknown): value is { readonly stack: string } {
  return typeof value === 'object' && value !== null && 'stack' in value && typeof value.stack === 'string';
}
