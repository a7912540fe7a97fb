"""Fits the projection of token vectors: 384 numbers to the 64 in which tokens differ most.

  project.py MODEL_DIR DATA_DIR token-projection.npz

Principal components of the last hidden states of every token of 2,500 English texts (GoEmotions, Apache-2.0), centred. The
texts leave no trace but these 385 x 64 numbers.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "distil"))
from minilm import CLS, SEP, MiniLM  # noqa: E402

TEXTS, LONGEST, DIMENSIONS = 2500, 60, 64


def project(model_dir, data_dir, out):
    model = MiniLM(model_dir)
    lines = (Path(data_dir) / "goemotions-ekman" / "train.tsv").read_text(encoding="utf-8").split("\n")[:TEXTS]
    ids = [model.tokenizer.encode(line.split("\t")[0], add_special_tokens=False).ids[:LONGEST] for line in lines]
    count, total, squares = 0, np.zeros(384), np.zeros((384, 384))
    for length in sorted({len(i) for i in ids if i}):
        rows = [i for i in ids if len(i) == length]
        for at in range(0, len(rows), 64):
            tokens = np.array([[CLS, *row, SEP] for row in rows[at : at + 64]])
            hidden = model.hidden(tokens)[:, 1:-1].reshape(-1, 384).astype(float)
            count, total, squares = count + len(hidden), total + hidden.sum(0), squares + hidden.T @ hidden
    mean = total / count
    values, vectors = np.linalg.eigh(squares / count - np.outer(mean, mean))
    basis = vectors[:, np.argsort(-values)[:DIMENSIONS]]
    basis *= np.sign(basis[np.abs(basis).argmax(0), np.arange(DIMENSIONS)])
    np.savez(out, mean=mean.astype(np.float32), basis=basis.astype(np.float32))
    print(hashlib.sha256(Path(out).read_bytes()).hexdigest(), out, f"{count} tokens")


if __name__ == "__main__":
    project(*sys.argv[1:])
