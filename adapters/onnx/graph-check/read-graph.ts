import type { ExternalFiles } from './external-files.ts';
import { GraphProblem } from './graph-problem.ts';
import { readPort, type GraphPort } from './graph-port.ts';
import { checkSparseTensor, checkTensor } from './tensor-check.ts';
import type { Span, WireReader } from './wire-reader.ts';

/** What a graph takes and gives. */
export interface GraphPorts {
  /** Those that a caller must give: one with a value of its own is not among them. */
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

/** Operators of ONNX itself, under both its names, and those of the runtime. */
const knownDomains = new Set(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft']);

/** Loops and conditions hold graphs of their own. The runtime reads them by recursion too. */
const maxDepth = 8;

/**
 * Reads an ONNX model by field numbers of `onnx.proto` (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Throws `GraphProblem` for
 * what the runtime would choke on or must not see: data outside of the folder, tensors that promise more than they have, operators of
 * libraries it does not have, graphs nested without end.
 */
export function readGraph(reader: WireReader, whole: Span, files: ExternalFiles): GraphPorts {
  return new GraphWalk(reader, files).model(whole);
}

class GraphWalk {
  readonly #reader: WireReader;
  readonly #files: ExternalFiles;
  /** Operators of other domains, `domain:name`. */
  readonly #foreign = new Set<string>();
  /** Functions that the model brings along, named likewise. */
  readonly #functions = new Set<string>();

  constructor(reader: WireReader, files: ExternalFiles) {
    this.#reader = reader;
    this.#files = files;
  }

  model(whole: Span): GraphPorts {
    let ports: GraphPorts | undefined;
    for (const field of this.#reader.fields(whole)) {
      if (field.type !== 'bytes') continue;
      if (field.number === 7) {
        // Protobuf would merge the two, and the runtime would see another graph than the one checked.
        if (ports !== undefined) throw new GraphProblem('holds two graphs');
        ports = this.#graph(field.span, 0);
      }
      if (field.number === 25) this.#function(field.span);
    }
    if (ports === undefined) throw new GraphProblem('is cut off or not an ONNX file: it holds no graph');
    this.#refuseForeignOperators();
    return ports;
  }

  #graph(span: Span, depth: number): GraphPorts {
    if (depth > maxDepth) throw new GraphProblem(`nests graphs more than ${maxDepth} deep`);
    const inputs: GraphPort[] = [];
    const outputs: GraphPort[] = [];
    const given = new Set<string>();
    for (const field of this.#reader.fields(span)) {
      if (field.type !== 'bytes') continue;
      switch (field.number) {
        case 1:
          this.#node(field.span, depth);
          break;
        case 5:
          given.add(checkTensor(this.#reader, field.span, this.#files));
          break;
        case 11:
          inputs.push(readPort(this.#reader, field.span));
          break;
        case 12:
          outputs.push(readPort(this.#reader, field.span));
          break;
        case 15:
          given.add(checkSparseTensor(this.#reader, field.span, this.#files));
      }
    }
    return { inputs: inputs.filter(({ name }) => !given.has(name)), outputs };
  }

  #node(span: Span, depth: number): void {
    let operator = '';
    let domain = '';
    for (const field of this.#reader.fields(span)) {
      if (field.type !== 'bytes') continue;
      if (field.number === 4) operator = this.#reader.text(field.span);
      if (field.number === 5) this.#attribute(field.span, depth);
      if (field.number === 7) domain = this.#reader.text(field.span);
    }
    if (!knownDomains.has(domain)) this.#foreign.add(`${domain}:${operator}`);
  }

  #attribute(span: Span, depth: number): void {
    for (const field of this.#reader.fields(span)) {
      if (field.type !== 'bytes') continue;
      switch (field.number) {
        case 5:
        case 10:
          checkTensor(this.#reader, field.span, this.#files);
          break;
        case 6:
        case 11:
          this.#graph(field.span, depth + 1);
          break;
        case 22:
        case 23:
          checkSparseTensor(this.#reader, field.span, this.#files);
      }
    }
  }

  #function(span: Span): void {
    let name = '';
    let domain = '';
    for (const field of this.#reader.fields(span)) {
      if (field.type !== 'bytes') continue;
      if (field.number === 1) name = this.#reader.text(field.span);
      if (field.number === 7) this.#node(field.span, 0);
      if (field.number === 10) domain = this.#reader.text(field.span);
      if (field.number === 11) this.#attribute(field.span, 0);
    }
    this.#functions.add(`${domain}:${name}`);
  }

  #refuseForeignOperators(): void {
    for (const operator of this.#foreign) {
      if (this.#functions.has(operator)) continue;
      throw new GraphProblem(
        `uses the operator ${operator}, which is of neither ONNX nor the runtime: use another export`,
      );
    }
  }
}
