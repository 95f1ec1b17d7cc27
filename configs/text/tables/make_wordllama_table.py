"""Writes a class table from WordLlama's static word vectors, for small runs without the weights of CLIP.

    python configs/text/tables/make_wordllama_table.py synthetic real
    python configs/text/tables/make_wordllama_table.py day night
    python configs/text/tables/make_wordllama_table.py day night --label-space camvid11

Needs: numpy, safetensors, PyYAML, wordllama (its 256-dimensional table comes with the package; nothing is downloaded).

A row is the plain mean of the embeddings of all different prompts of its class over the named domains, as
`causeway text-embeddings` makes it with `--weighting union --shape release`. Words have one vector each whatever stands
beside them, so these tables know less of the templates than those of a text encoder.
"""

import argparse
import hashlib
import pathlib
import sys

import numpy
import safetensors.numpy
import wordllama
import yaml
from tokenizers import Tokenizer
from wordllama.inference import WordLlamaInference

FOLDER = pathlib.Path(__file__).parent
PACKAGE = pathlib.Path(wordllama.__file__).parent
WEIGHTS = PACKAGE / "weights" / "l2_supercat_256.safetensors"
TOKENIZER = PACKAGE / "tokenizers" / "l2_supercat_tokenizer_config.json"

def class_names(label_space):
    file = FOLDER.parent.parent / "labels" / f"{label_space}.yaml"
    return [entry["name"] for entry in yaml.safe_load(file.read_text())["classes"]]


def attributes(domain):
    file = FOLDER.parent / f"{domain}.yaml"
    return yaml.safe_load(file.read_text())["attributes"]


def main(domains, label_space):
    names = class_names(label_space)
    vectors = next(iter(safetensors.numpy.load_file(WEIGHTS).values()))
    encoder = WordLlamaInference(vectors, Tokenizer.from_file(str(TOKENIZER)))
    templates = list(dict.fromkeys(phrase for domain in domains for phrase in attributes(domain)))
    rows = [encoder.embed([f"{name} {phrase}" for phrase in templates]).mean(axis=0) for name in names]
    metadata = {
        "classes": ",".join(names),
        "domains": ",".join(domains),
        "encoder": f"WordLlama {wordllama.__version__}, mean of word vectors",
        "license": "MIT (WordLlama, copyright (c) 2024 Lee Miller)",
        "normalized": "no",
        "shape": "release",
        "templates": "\n".join(templates),
        "weighting": "union",
        "weights": f"{WEIGHTS.name} sha256:{hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()}",
    }
    table = numpy.stack(rows).astype(numpy.float32)
    suffix = "" if label_space == "cityscapes19" else f"-{label_space}"
    output = FOLDER / f"wordllama-{'-'.join(domains)}{suffix}.safetensors"
    safetensors.numpy.save_file({"embeddings": table}, output, metadata=metadata)
    print(f"{output.name}: {table.shape}, {len(templates)} templates")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("domains", nargs="+")
    parser.add_argument("--label-space", default="cityscapes19", help="a file of configs/labels")
    arguments = parser.parse_args()
    main(arguments.domains, arguments.label_space)
