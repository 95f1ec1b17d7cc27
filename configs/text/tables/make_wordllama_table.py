"""Writes a class table from WordLlama's static word vectors, for small runs without the weights of CLIP.

    python configs/text/tables/make_wordllama_table.py synthetic real
    python configs/text/tables/make_wordllama_table.py day night

Needs: numpy, safetensors, PyYAML, wordllama (its 256-dimensional table comes with the package; nothing is downloaded).

A row is the plain mean of the embeddings of all different prompts of its class over the named domains, as
`causeway text-embeddings` makes it with `--weighting union --shape release`. Words have one vector each whatever stands
beside them, so these tables know less of the templates than those of a text encoder.
"""

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

CLASSES = [
    "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation", "terrain",
    "sky", "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle",
]


def attributes(domain):
    file = FOLDER.parent / f"{domain}.yaml"
    return yaml.safe_load(file.read_text())["attributes"]


def main(domains):
    vectors = next(iter(safetensors.numpy.load_file(WEIGHTS).values()))
    encoder = WordLlamaInference(vectors, Tokenizer.from_file(str(TOKENIZER)))
    templates = list(dict.fromkeys(phrase for domain in domains for phrase in attributes(domain)))
    rows = [encoder.embed([f"{name} {phrase}" for phrase in templates]).mean(axis=0) for name in CLASSES]
    metadata = {
        "classes": ",".join(CLASSES),
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
    output = FOLDER / f"wordllama-{'-'.join(domains)}.safetensors"
    safetensors.numpy.save_file({"embeddings": table}, output, metadata=metadata)
    print(f"{output.name}: {table.shape}, {len(templates)} templates")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
