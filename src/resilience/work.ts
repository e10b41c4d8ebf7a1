import type { Deliver } from '../platform/delivery.ts';
import type { Finish, RunningAttempt, Target } from './attempt.ts';

/** What is asked of a deployment, and what becomes of the pieces of its answer. */
export interface Work<Piece, End extends Finish> {
  /** Whether the answer comes in one piece. */
  readonly whole: boolean;
  /** Whether the same call may be made twice at once. */
  readonly hedgeable: boolean;
  start(target: Target, attempt: RunningAttempt): PieceSource<Piece, End>;
  /** Whether no other target may take over once this piece has been handed out. */
  isContent(piece: Piece): boolean;
  /** Size of a piece, for the bound of what is held back. */
  bytes(piece: Piece): number;
  /** Hands a piece to the client. */
  readonly deliver: Deliver<Piece>;
}

export type Step<Piece, End> =
  | { readonly type: 'piece'; readonly piece: Piece }
  | { readonly type: 'end'; readonly end: End };

/** The answer of one deployment as it comes. */
export interface PieceSource<Piece, End> {
  next(): Promise<Step<Piece, End>>;
  /** Lets go of the driver; never rejects. */
  release(): Promise<void>;
}
