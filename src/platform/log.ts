import pino from 'pino';
import type { AdapterLog } from '../../adapters/contract.ts';
import { systemClock, type Clock } from './clock.ts';
import { escapeControls } from './control-characters.ts';
import { prettyLine } from './log-line.ts';
import { loggable, loggableText } from './log-value.ts';
import { standardOutput, type Output } from './turn-output.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** A structured logger. `fields` may hold anything: errors, cycles, secrets. It never throws. */
export interface Log extends AdapterLog {
  trace(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
  /** The same log with fields on every line, such as `{ traceId, spanId }`. */
  child(fields: object): Log;
}

export interface LogOptions {
  /** @default 'info' */
  readonly level?: LogLevel;
  /** Lines for people instead of JSON. @default false */
  readonly pretty?: boolean;
  /** Where lines go, each with its newline. @default standard output */
  readonly destination?: Output;
  readonly clock?: Clock;
}

export function createLog(options: LogOptions = {}): Log {
  const { level = 'info', pretty = false, clock = systemClock } = options;
  const { destination = standardOutput() } = options;
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: timestamps(clock),
      // What arrives is plain data already; pino would make an error of everything under `err` again.
      serializers: { err: (value: unknown) => value },
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => destination.write(pretty ? prettyLine(line) : `${escapeControls(line.trimEnd())}\n`) },
  );
  return wrap(logger);
}

/** Lines of the same millisecond share the text of their time. */
function timestamps(clock: Clock): () => string {
  let atMs = Number.NaN;
  let text = '';
  return () => {
    const nowMs = clock.wallMs();
    if (nowMs !== atMs) {
      atMs = nowMs;
      text = `,"time":"${new Date(nowMs).toISOString()}"`;
    }
    return text;
  };
}

/** pino formats and filters; what it is handed has been made safe before. */
function wrap(logger: pino.Logger): Log {
  const at =
    (level: pino.Level) =>
    (fields: object, message: string): void => {
      if (logger.isLevelEnabled(level)) logger[level](loggable(fields), loggableText(message));
    };
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: (fields) => wrap(logger.child(loggable(fields))),
  };
}
