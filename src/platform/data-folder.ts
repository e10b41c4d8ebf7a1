import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { systemClock, type Clock } from './clock.ts';
import { ConfigurationError } from './configuration-error.ts';

/** The folder that holds models and state, for this process alone until it is closed. */
export interface DataFolder {
  /** Absolute. */
  readonly path: string;
  /** Absolute; exists. */
  readonly modelsDirectory: string;
  /** Lets another process have the folder. Safe to call twice. */
  close(): void;
}

/** Who holds the folder: only for the message, the lock itself is the operating system's. */
const holderSchema = z.object({ pid: z.int(), startedAt: z.string() });
type Holder = z.infer<typeof holderSchema>;

/** Locks that must live as long as the process: a collected connection would let go of its lock. */
const held = new Set<DatabaseSync>();

/**
 * Makes the folder where it is missing and takes it for this process. The lock is one of the operating system (SQLite's on
 * `lock.db`): it goes with the process, however that ends, and cannot be taken from a living one.
 * @throws ConfigurationError where the folder cannot be used or another process has it.
 */
export function openDataFolder(path: string, clock: Clock = systemClock): DataFolder {
  const folder = resolve(path);
  const modelsDirectory = join(folder, 'models');
  makeWritable(folder, modelsDirectory);
  const holderFile = join(folder, 'lock.json');
  const lock = takeLock(folder, holderFile);
  const holding: Holder = { pid: process.pid, startedAt: new Date(clock.wallMs()).toISOString() };
  writeFileSync(holderFile, JSON.stringify(holding));
  return {
    path: folder,
    modelsDirectory,
    close() {
      if (!held.delete(lock)) return;
      // Before the lock goes, so that it is not the next holder's file that is removed.
      rmSync(holderFile, { force: true });
      lock.close();
    },
  };
}

function makeWritable(folder: string, modelsDirectory: string): void {
  try {
    mkdirSync(modelsDirectory, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
    accessSync(modelsDirectory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new ConfigurationError(
      `The data folder ${folder} ${unusable(error)}. Set SWITCHYARD_DATA or --data to a folder that can be written.`,
      { cause: error },
    );
  }
}

function unusable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return 'is not a folder';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'is not writable';
    default:
      return `cannot be made (${code === '' ? String(error) : code})`;
  }
}

function takeLock(folder: string, holderFile: string): DatabaseSync {
  const lockFile = join(folder, 'lock.db');
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(lockFile);
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    throw isBusy(error) ? heldByAnother(folder, holderFile) : brokenLock(lockFile, error);
  }
  held.add(lock);
  return lock;
}

/** SQLite's result code SQLITE_BUSY, https://www.sqlite.org/rescode.html#busy. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}

function heldByAnother(folder: string, holderFile: string): ConfigurationError {
  return new ConfigurationError(
    `The data folder ${folder} is in use by ${holder(holderFile)}. Stop it, or set SWITCHYARD_DATA or --data to another folder.`,
  );
}

/** The holder may not have written its file yet, or the file may be damaged: then it stays unnamed. */
function holder(holderFile: string): string {
  try {
    const { pid, startedAt } = holderSchema.parse(JSON.parse(readFileSync(holderFile, 'utf8')));
    return `process ${pid} since ${startedAt}`;
  } catch {
    return 'another process';
  }
}

function brokenLock(lockFile: string, error: unknown): ConfigurationError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ConfigurationError(
    `The data folder cannot be locked with ${lockFile}: ${reason}. Delete that file if no gateway runs on the folder.`,
    { cause: error },
  );
}
