"""Holds the exported model, run by ONNX Runtime, against the forward pass in numpy.

  check.py MODEL_DIR OUT_DIR/all-minilm-l6-v2
"""

import sys
from pathlib import Path

import numpy as np
import onnxruntime

sys.path.insert(0, str(Path(__file__).parent.parent / "distil"))
from golden import TEXTS  # noqa: E402
from minilm import CLS, MAX_TOKENS, SEP, MiniLM  # noqa: E402


def check(model_dir, folder):
    model = MiniLM(model_dir)
    projection = np.load(Path(__file__).parent / "token-projection.npz")
    session = onnxruntime.InferenceSession(f"{folder}/model.onnx", providers=["CPUExecutionProvider"])
    texts = [*TEXTS, "one two three " * 200]
    ids = [[CLS, *model.tokenizer.encode(t, add_special_tokens=False).ids[:MAX_TOKENS], SEP] for t in texts]
    expected = model.encode(texts)
    longest = max(map(len, ids))
    padded = np.zeros((len(ids), longest), np.int64)
    mask = np.zeros_like(padded)
    for row, tokens in enumerate(ids):
        padded[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1

    def pooled(tokens, mask):
        feed = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
        hidden, projected = session.run(["last_hidden_state", "token_vectors"], feed)
        difference = np.abs(projected - (hidden - projection["mean"]) @ projection["basis"]).max()
        assert difference < 1e-4, difference
        vectors = (hidden * mask[:, :, None]).sum(1)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    together = pooled(padded, mask)
    alone = np.concatenate([pooled(np.array([t]), np.ones((1, len(t)), np.int64)) for t in ids])
    for name, vectors in (("padded together", together), ("each alone", alone)):
        cosines = (vectors * expected).sum(1)
        print(f"{name}: least cosine {cosines.min():.7f}, greatest difference {np.abs(vectors - expected).max():.2e}")
        assert cosines.min() > 0.9999


if __name__ == "__main__":
    check(*sys.argv[1:])
