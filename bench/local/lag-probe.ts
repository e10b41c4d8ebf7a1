import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The timer that is late; its own period is no lag. */
const periodMs = 1;

const delay = monitorEventLoopDelay({ resolution: periodMs });
delay.enable();

const server = createServer((_request, response) => {
  const p99Ms = Math.max(0, delay.percentile(99) / 1e6 - periodMs);
  delay.reset();
  response.end(JSON.stringify({ p99Ms }));
});
server.listen(new URL(import.meta.url).searchParams.get('socket')).unref();
