/** Why an operation is aborted whose client has left. One for all: each error of its own would cost a stack. */
export const clientGone = new DOMException('The client has left.', 'AbortError');
