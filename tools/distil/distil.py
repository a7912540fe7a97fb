"""Distil all-MiniLM-L6-v2 into a static table: one int8 row per WordPiece token.

  distil.py encode MODEL_DIR DATA_DIR CACHE.npz     run the sentence model (the slow part)
  distil.py fit    MODEL_DIR DATA_DIR CACHE.npz OUT_DIR

A text's vector is the sum of its tokens' rows, at unit length. The rows are the ridge regression
of the sentence model's vectors on token counts, drawn towards the model's vector of the single token.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import scipy.sparse as sp

import corpus
from golden import TEXTS
from minilm import MiniLM, load_tokenizer

VOCABULARY, DIMS = 30522, 256
A = 1e-3  # weight of a token: A / (A + p)
RIDGE = 30.0  # how strongly a row is held to its starting value
ROUNDS = 2  # regressions; each rescales the texts to the length the last one predicted
STEPS = 30  # conjugate gradient steps of one regression
UNUSED = range(0, 999)  # [PAD], [unused…], [CLS], [SEP], [MASK]; [UNK] too: it says nothing


def encode(model_dir, data_dir, cache):
    model = MiniLM(model_dir)
    token = model.encode_ids([[i] for i in range(VOCABULARY)])
    text = model.encode_ids(token_ids(model.tokenizer, corpus.texts(data_dir)))
    np.savez(cache, token=token, text=text)


def token_ids(tokenizer, texts):
    return [tokenizer.encode(t, add_special_tokens=False).ids for t in texts]


def fit_table(token, text, ids):
    """token: (vocabulary, 384); text: (texts, 384); ids: the texts' tokens."""
    count = np.ones(VOCABULARY)
    for row in ids:
        np.add.at(count, row, 1)
    weight = A / (A + count / count.sum())

    # One basis for both: half the variance from texts, half from single tokens.
    used = np.ones(VOCABULARY, bool)
    used[list(UNUSED)] = False
    token = token - token[used].mean(0)
    text = text - text.mean(0)
    basis = principal(np.cov(text.T) / np.trace(np.cov(text.T)) + np.cov(token[used].T) / np.trace(np.cov(token[used].T)))
    start = token @ basis * weight[:, None]
    start[~used] = 0
    goal = text @ basis
    goal /= np.linalg.norm(goal, axis=1, keepdims=True)

    lengths = [len(row) for row in ids]
    x = sp.csr_matrix(
        (np.ones(sum(lengths)), np.concatenate(ids).astype(np.int64), np.concatenate([[0], np.cumsum(lengths)])),
        shape=(len(ids), VOCABULARY),
    )
    table = start
    for _ in range(ROUNDS):
        size = np.linalg.norm(x @ table, axis=1)
        scaled = sp.diags(1 / np.maximum(size, 1e-6)) @ x
        table = ridge(scaled, goal, start, RIDGE, table)
    table[~used] = 0
    return table


def principal(covariance):
    values, vectors = np.linalg.eigh(covariance)
    vectors = vectors[:, np.argsort(-values)[:DIMS]]
    return vectors * np.sign(vectors[np.abs(vectors).argmax(0), np.arange(DIMS)])


def ridge(x, goal, start, strength, table):
    """argmin |x t - goal|^2 + strength |t - start|^2, by conjugate gradients over all columns."""
    xt = x.T.tocsr()
    apply = lambda t: xt @ (x @ t) + strength * t
    r = xt @ goal + strength * start - apply(table)
    p, rr = r, (r * r).sum(0)
    for _ in range(STEPS):
        q = apply(p)
        alpha = rr / np.maximum((p * q).sum(0), 1e-30)
        table, r = table + alpha * p, r - alpha * q
        new = (r * r).sum(0)
        p, rr = r + new / np.maximum(rr, 1e-30) * p, new
    return table


def quantise(table):
    """int8 with one scale per row."""
    scale = (np.abs(table).max(1) / 127).astype("<f4")
    return scale, np.rint(table / np.where(scale > 0, scale, 1)[:, None]).astype(np.int8)


def write(path, scale, values):
    header = b"AICOEMB1" + np.array(values.shape, "<u4").tobytes()
    path.write_bytes(header + scale.tobytes() + values.tobytes())


def vector(scale, values, ids):
    v = (values[ids].astype(np.float32) * scale[ids, None]).sum(0, dtype=np.float32)
    n = np.sqrt((v * v).sum())
    return v / n if n > 0 else v


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def fit(model_dir, data_dir, cache, out_dir):
    out = Path(out_dir)
    tokenizer = load_tokenizer(f"{model_dir}/tokenizer.json")
    cached = np.load(cache)
    ids = token_ids(tokenizer, corpus.texts(data_dir))
    keep = [i for i, row in enumerate(ids) if row]
    scale, values = quantise(
        fit_table(cached["token"].astype(float), cached["text"][keep].astype(float), [ids[i] for i in keep])
    )
    out.mkdir(parents=True, exist_ok=True)
    write(out / "static-v1.bin", scale, values)
    shutil.copyfile(f"{model_dir}/vocab.txt", out / "vocab.txt")
    golden = []
    for text in TEXTS:
        row = tokenizer.encode(text, add_special_tokens=False).ids
        golden.append({"text": text, "ids": row, "vector": [round(float(c), 6) for c in vector(scale, values, row)[:8]]})
    lines = ",\n".join(json.dumps(g, ensure_ascii=False) for g in golden)
    (out / "golden.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    for path in [f"{model_dir}/model.safetensors", f"{model_dir}/tokenizer.json", *(f"{data_dir}/{f}" for f in corpus.FILES)]:
        print(sha256(path), "/".join(Path(path).parts[-2:]))
    for name in ("static-v1.bin", "vocab.txt", "golden.json"):
        print(sha256(out / name), name)


if __name__ == "__main__":
    {"encode": encode, "fit": fit}[sys.argv[1]](*sys.argv[2:])
