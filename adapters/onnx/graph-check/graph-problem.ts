/** What is wrong with a graph file, as the rest of a sentence that begins with its name. For clients: no paths of this machine. */
export class GraphProblem extends Error {
  override readonly name = 'GraphProblem';
}
