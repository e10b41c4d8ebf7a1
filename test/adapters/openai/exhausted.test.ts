import { expect, test } from 'vitest';
import { connectFailure } from '../../../adapters/openai/socket-failure.ts';

test.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL'])(
  'a connection that fails with %s says nothing about the provider',
  (code) => {
    const error = Object.assign(new Error(`connect ${code}`), { code });
    expect(connectFailure(error, 'http://provider').kind).toBe('exhausted');
    expect(connectFailure(new AggregateError([error]), 'http://provider').kind).toBe('exhausted');
  },
);
