import { bare } from './bare.ts';
import { direct } from './direct.ts';
import { litellm } from './litellm.ts';
import { portkey } from './portkey.ts';
import type { Server, ServerName } from './server.ts';
import { smg } from './smg.ts';
import { switchyard } from './switchyard.ts';

export const servers: Readonly<Record<ServerName, Server>> = {
  direct,
  bare,
  switchyard,
  portkey,
  smg,
  litellm,
};
