"""Serves a GGUF model with llama.cpp over HTTP, for the tests that want a real server with a real model.

Reads one JSON object from the first argument: packages (folder that holds xllamacpp), model (path), modelName, apiKey
(or null), embeddings, slots, threads.
Listens on a free port of 127.0.0.1, prints one line `{"address": "http://..."}` once it answers, and serves until its
standard input ends, so that it never outlives the test that started it.
"""

import json
import sys

options = json.loads(sys.argv[1])
sys.path.insert(0, options["packages"])

import xllamacpp  # noqa: E402

parameters = xllamacpp.CommonParams()
parameters.model.path = options["model"]
parameters.model_alias = {options["modelName"]}
parameters.hostnames = ["127.0.0.1"]
parameters.port = 0
parameters.n_parallel = options["slots"]
parameters.n_ctx = 2048 * options["slots"]
parameters.cpuparams.n_threads = options["threads"]
parameters.cpuparams_batch.n_threads = options["threads"]
parameters.use_jinja = True
parameters.endpoint_metrics = True
if options["apiKey"] is not None:
    parameters.api_keys = [options["apiKey"]]
if options["embeddings"]:
    parameters.embedding = True
    parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN

server = xllamacpp.Server(parameters)
print(json.dumps({"address": server.listening_address}), flush=True)
sys.stdin.read()
