/**
 * A thread that ends its process once the gateway is gone, also where the process is caught in a loop and reads no messages: the
 * kernel closes the lifeline, whatever became of the gateway.
 */
import { Socket } from 'node:net';
import { lifeline } from '../lifeline.ts';

new Socket({ fd: lifeline }).resume().once('close', () => process.kill(process.pid, 'SIGKILL'));
