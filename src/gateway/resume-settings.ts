/** How long and how much is kept of streams that their clients may come back to. */
export interface ResumeSettings {
  /** From when the last client of a stream left until the stream is ended and forgotten, in milliseconds. @default 60000 */
  readonly windowMs: number;
  /** Most that is kept of one stream, in bytes. @default 1 MiB */
  readonly maxBytes: number;
  /** Most that is kept of all streams of one tenant, in bytes. @default 16 MiB */
  readonly maxTenantBytes: number;
  /** Most streams of one tenant, running or finished. Each is sure of an equal share of `maxTenantBytes`. @default 256 */
  readonly maxTenantStreams: number;
  /** How far a model may run ahead of the slowest client that is connected, in events. @default 64 */
  readonly maxEventsAhead: number;
}

const mebibyte = 1_048_576;

export const defaultResumeSettings: ResumeSettings = {
  windowMs: 60_000,
  maxBytes: mebibyte,
  maxTenantBytes: 16 * mebibyte,
  maxTenantStreams: 256,
  maxEventsAhead: 64,
};
