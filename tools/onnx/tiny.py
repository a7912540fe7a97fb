"""Writes the tiny model that the tests of `models/onnx` run: the same graph with chance for weights (a fixed seed).

  tiny.py models/onnx/tests/tiny

`golden.json` holds what ONNX Runtime makes of a few texts.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

import bert
from export import file_entry

WORDS = "[PAD] [UNK] [CLS] [SEP] the my sister anna lives in lisbon por ##to cat is ill , . ? where does live".split()
TEXTS = ["My sister Anna lives in Lisbon.", "Where does my sister live?", "porto", "The cat is ill, is the cat ill?"]
CONFIG = {
    "hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 2, "layer_norm_eps": 1e-12,
    "hidden_act": "gelu", "position_embedding_type": "absolute",
}
LONGEST, TOKENS = 12, 4


def tensors(chance):
    width, inner = 8, 16
    shapes = {f"embeddings.{n}_embeddings.weight": (rows, width) for n, rows in (("word", len(WORDS)), ("position", 16), ("token_type", 2))}
    dense = {"attention.self.query": (width, width), "attention.self.key": (width, width), "attention.self.value": (width, width),
             "attention.output.dense": (width, width), "intermediate.dense": (inner, width), "output.dense": (width, inner)}
    norms = ["embeddings.LayerNorm"]
    for layer in range(CONFIG["num_hidden_layers"]):
        p = f"encoder.layer.{layer}."
        for name, shape in dense.items():
            shapes[f"{p}{name}.weight"], shapes[f"{p}{name}.bias"] = shape, shape[:1]
        norms += [f"{p}attention.output.LayerNorm", f"{p}output.LayerNorm"]
    made = {name: chance.normal(0, 0.6, shape).astype(np.float32) for name, shape in shapes.items()}
    for name in norms:
        made[f"{name}.weight"] = chance.uniform(0.5, 1.5, width).astype(np.float32)
        made[f"{name}.bias"] = chance.normal(0, 0.3, width).astype(np.float32)
    return made


def tokens(text):
    out = []
    for word in text.lower().replace(".", " .").replace("?", " ?").replace(",", " ,").split():
        out += ["por", "##to"] if word == "porto" else [word]
    return [WORDS.index(t) for t in out]


def write(folder):
    folder, chance = Path(folder), np.random.default_rng(7)
    folder.mkdir(parents=True, exist_ok=True)
    projection = {"mean": chance.normal(0, 0.1, 8).astype(np.float32), "basis": chance.normal(0, 1, (8, TOKENS)).astype(np.float32)}
    model = bert.encoder(tensors(chance), CONFIG, projection)
    (folder / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])

    def vector(text):
        ids = np.array([[WORDS.index("[CLS]"), *tokens(text)[: LONGEST - 2], WORDS.index("[SEP]")]])
        hidden, _ = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)})
        mean = hidden[0].mean(0)
        return [round(float(x), 6) for x in mean / np.linalg.norm(mean)]

    golden = [{"text": t, "vector": vector(t)} for t in [*TEXTS, "the cat is ill " * 9]]
    (folder / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
    manifest = {
        "format": 1, "name": "tiny", "version": "1", "kind": "sentence", "dimensions": 8, "pooling": "mean",
        "token_dimensions": TOKENS, "max_tokens": LONGEST, "licence": "Apache-2.0", "source": "tools/onnx/tiny.py",
        "probe": golden[0], "files": {n: file_entry(folder / n) for n in ("model.onnx", "vocab.txt")},
    }
    (folder / "model.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    write(*sys.argv[1:])
