"""all-MiniLM-L6-v2 forward pass in numpy: text -> 384 numbers (mean pooling, unit length).

Texts of equal token count share a batch, so nothing is padded and no mask is needed.
"""

import json

import numpy as np
from scipy.special import erf
from safetensors.numpy import load_file
from tokenizers import Tokenizer

CLS, SEP, UNK = 101, 102, 100
LAYERS, HEADS, WIDTH, MAX_TOKENS = 6, 12, 384, 254


class MiniLM:
    def __init__(self, model_dir):
        tensors = load_file(f"{model_dir}/model.safetensors")
        # Some exports prefix every name with "bert."; the suffixes are the same.
        self.t = {k.removeprefix("bert."): v.astype(np.float32) for k, v in tensors.items()}
        self.tokenizer = load_tokenizer(f"{model_dir}/tokenizer.json")

    def dense(self, x, name):
        return x @ self.t[name + ".weight"].T + self.t[name + ".bias"]

    def norm(self, x, name):
        mean = x.mean(-1, keepdims=True)
        var = ((x - mean) ** 2).mean(-1, keepdims=True)
        return (x - mean) / np.sqrt(var + 1e-12) * self.t[name + ".weight"] + self.t[name + ".bias"]

    def forward(self, ids):
        """ids: (batch, length) including [CLS] and [SEP]; returns (batch, 384) unit vectors."""
        m = self.hidden(ids).mean(1)
        return m / np.linalg.norm(m, axis=1, keepdims=True)

    def hidden(self, ids):
        """The vector of every token: (batch, length, 384)."""
        b, n = ids.shape
        x = self.t["embeddings.word_embeddings.weight"][ids]
        x = x + self.t["embeddings.position_embeddings.weight"][:n]
        x = x + self.t["embeddings.token_type_embeddings.weight"][0]
        x = self.norm(x, "embeddings.LayerNorm")
        size = WIDTH // HEADS
        for i in range(LAYERS):
            p = f"encoder.layer.{i}."
            q, k, v = (
                self.dense(x, p + f"attention.self.{part}").reshape(b, n, HEADS, size).transpose(0, 2, 1, 3)
                for part in ("query", "key", "value")
            )
            s = q @ k.transpose(0, 1, 3, 2) / np.sqrt(np.float32(size))
            s = np.exp(s - s.max(-1, keepdims=True))
            s /= s.sum(-1, keepdims=True)
            a = (s @ v).transpose(0, 2, 1, 3).reshape(b, n, WIDTH)
            x = self.norm(x + self.dense(a, p + "attention.output.dense"), p + "attention.output.LayerNorm")
            h = self.dense(x, p + "intermediate.dense")
            h = h * 0.5 * (1.0 + erf(h * np.float32(0.7071067811865476)))
            x = self.norm(x + self.dense(h, p + "output.dense"), p + "output.LayerNorm")
        return x

    def encode_ids(self, id_lists, budget=4096):
        """id_lists: token ids without special tokens; longer than 254 are cut."""
        out = np.zeros((len(id_lists), WIDTH), np.float32)
        by_length = {}
        for i, ids in enumerate(id_lists):
            by_length.setdefault(min(len(ids), MAX_TOKENS), []).append(i)
        for n, rows in sorted(by_length.items()):
            step = max(1, budget // (n + 2))
            for at in range(0, len(rows), step):
                part = rows[at : at + step]
                ids = np.array([[CLS, *id_lists[i][:n], SEP] for i in part])
                out[part] = self.forward(ids)
        return out

    def encode(self, texts):
        return self.encode_ids([self.tokenizer.encode(t, add_special_tokens=False).ids for t in texts])


def load_tokenizer(path):
    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
