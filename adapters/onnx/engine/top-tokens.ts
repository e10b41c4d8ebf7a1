/**
 * The `count` tokens with the highest logits, best first; ties go to the lower id.
 * A bounded heap: one pass over the vocabulary, and a full sort of it never happens.
 */
export function topTokens(logits: Float32Array, count: number): Uint32Array {
  const size = Math.min(count, logits.length);
  const heap = new Uint32Array(size);
  for (let token = 0; token < size; token++) heap[token] = token;
  for (let root = (size >> 1) - 1; root >= 0; root--) siftDown(heap, logits, root);
  for (let token = size; token < logits.length; token++) {
    if (!isWorse(logits, heap[0] ?? 0, token)) continue;
    heap[0] = token;
    siftDown(heap, logits, 0);
  }
  return heap.sort((left, right) => (isWorse(logits, left, right) ? 1 : -1));
}

/** Whether `left` comes after `right`: a lower logit, or the same logit and a higher id. */
function isWorse(logits: Float32Array, left: number, right: number): boolean {
  const difference = (logits[left] ?? 0) - (logits[right] ?? 0);
  return difference < 0 || (difference === 0 && left > right);
}

/** Restores the heap below `root`; the worst token is at the top. */
function siftDown(heap: Uint32Array, logits: Float32Array, root: number): void {
  let parent = root;
  for (;;) {
    const left = 2 * parent + 1;
    if (left >= heap.length) return;
    const right = left + 1;
    const child = right < heap.length && isWorse(logits, heap[right] ?? 0, heap[left] ?? 0) ? right : left;
    if (!isWorse(logits, heap[child] ?? 0, heap[parent] ?? 0)) return;
    const swapped = heap[parent] ?? 0;
    heap[parent] = heap[child] ?? 0;
    heap[child] = swapped;
    parent = child;
  }
}
