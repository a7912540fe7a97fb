"""Probabilities of every training text by models that never saw it: what the student learns besides the labels.

  teacher.py DATA MODEL_DIR CACHE.npz OUT.npz

MODEL_DIR and CACHE.npz are those of tools/distil. Three folds; per fold an n-gram model, a network, and for
GoEmotions a small network over MiniLM's sentence vectors; their log-odds are mixed by a regression on the dev texts.
"""

import re
import sys
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from sklearn.linear_model import LogisticRegression

import data
import linear
import network
from features import tokens
from pieces import initial_rows, vocabulary

sys.path.insert(0, str(Path(__file__).parent.parent / "distil"))
import corpus  # noqa: E402

FOLDS = 3
HERE = Path(__file__).parents[2]


def sentence_vectors(cache, root, texts):
    known = {t: i for i, t in enumerate(corpus.texts(root))}
    vectors = np.load(cache)["text"]

    def clean(text):
        for mask, word in corpus.PLACEHOLDERS.items():
            text = text.replace(mask, word)
        return " ".join(re.sub(r"\bhttps?://\S+|\bhttp\b|@user\b", " ", text).split())

    return np.array([vectors[known[clean(t)]] if clean(t) in known else np.zeros(384) for t in texts], np.float32) * 20


def over_vectors(x, y, seed):
    """384 -> 512 -> labels."""
    a, b = jax.random.split(jax.random.key(seed))
    p = {"a": jax.random.normal(a, (384, 512)) / 20, "b": jnp.zeros(512), "c": jax.random.normal(b, (512, y.shape[1])) / 22, "d": jnp.zeros(y.shape[1])}
    tx = optax.adamw(1e-3, weight_decay=1e-2)
    state = tx.init(p)

    def forward(p, x, key=None):
        h = jax.nn.gelu(x @ p["a"] + p["b"])
        if key is not None:
            h = h * jax.random.bernoulli(key, 0.5, h.shape) * 2
        return h @ p["c"] + p["d"]

    @jax.jit
    def step(p, state, x, y, key):
        g = jax.grad(lambda p: optax.sigmoid_binary_cross_entropy(forward(p, x, key), y).mean())(p)
        u, state = tx.update(g, state, p)
        return optax.apply_updates(p, u), state

    rng, key = np.random.default_rng(seed), jax.random.key(seed + 1)
    for _ in range(4):
        order = rng.permutation(len(x))
        for i in range(0, len(x), 256):
            key, now = jax.random.split(key)
            p, state = step(p, state, x[order[i : i + 256]], y[order[i : i + 256]], now)
    return lambda x: np.array(forward(p, x))


def mixed(dev_parts, dev_labels, parts):
    """Calibrated probabilities: a regression on the dev texts' log-odds."""
    out = []
    for k in range(dev_labels.shape[1]):
        m = LogisticRegression(C=10).fit(np.stack([p[:, k] for p in dev_parts], 1), dev_labels[:, k])
        out.append(m.predict_proba(np.stack([p[:, k] for p in parts], 1))[:, 1])
    return np.stack(out, 1)


def main(root, model_dir, cache, out):
    start = time.time()
    say = lambda *a: print(*a, f"{time.time() - start:.0f}s", flush=True)
    gx, gy = data.goemotions(root, "train")
    gxd, gyd = data.goemotions(root, "dev")
    sx, sy, _ = data.sentiment(root, "train")
    sxd, syd, _ = data.sentiment(root, "val")
    bx, by, _ = data.brighter(root, "train")
    cut = {n: [tokens(t) for t in x] for n, x in dict(g=gx, gd=gxd, s=sx, sd=sxd, b=bx).items()}
    vocab = vocabulary(cut["g"] + cut["s"] + cut["b"])
    rows = initial_rows(vocab, model_dir, HERE / "models/assets/embedding/static-v1.bin")
    ids = {n: network.encode(t, vocab) for n, t in cut.items()}
    counts = {n: linear.count(t) for n, t in cut.items()}
    say("pieces", len(vocab))

    fold = np.random.default_rng(0).integers(0, FOLDS, len(gx))
    vec, vecd = sentence_vectors(cache, root, gx), sentence_vectors(cache, root, gxd)
    oof, dev = np.zeros((3, *gy.shape), np.float32), np.zeros((3, *gyd.shape), np.float32)
    for f in range(FOLDS):
        a, b = np.where(fold != f)[0], np.where(fold == f)[0]
        v = linear.Vocabulary.of([counts["g"][i] for i in a])
        w, z = linear.fit(v.matrix([counts["g"][i] for i in a]), gy[a], 2)
        oof[0, b] = v.matrix([counts["g"][i] for i in b]) @ w.T + z
        dev[0] += (v.matrix(counts["gd"]) @ w.T + z) / FOLDS
        p = network.train(rows, {"g": ("g", "many", ids["g"][a], gy[a], 128, 1.0)}, 6, f)
        oof[1, b] = network.predict(p, ids["g"][b], "g")
        dev[1] += network.predict(p, ids["gd"], "g") / FOLDS
        m = over_vectors(vec[a], gy[a], f)
        oof[2, b] = m(vec[b])
        dev[2] += m(vecd) / FOLDS
        say("emotion fold", f)
    emotion = mixed(dev, gyd, oof)

    onehot = np.eye(3, dtype=np.float32)
    weak = np.concatenate([data.weak_sentiment(by), data.weak_sentiment(gy)])
    some = np.where(weak >= 0)[0]
    some = np.random.default_rng(1).permutation(some)[:20000]
    wc = [(counts["b"] + counts["g"])[i] for i in some]
    wi, wy = np.concatenate([ids["b"], ids["g"]])[some], onehot[weak[some]]
    fold = np.random.default_rng(2).integers(0, FOLDS, len(sx))
    oof, dev = np.zeros((2, len(sx), 3), np.float32), np.zeros((2, len(sxd), 3), np.float32)
    for f in range(FOLDS):
        a, b = np.where(fold != f)[0], np.where(fold == f)[0]
        both = [counts["s"][i] for i in a] + wc
        v = linear.Vocabulary.of(both)
        w, z = linear.fit(v.matrix(both), np.concatenate([onehot[sy[a]], wy]), 3, np.r_[np.ones(len(a)), np.full(len(wc), 0.3)])
        oof[0, b] = v.matrix([counts["s"][i] for i in b]) @ w.T + z
        dev[0] += (v.matrix(counts["sd"]) @ w.T + z) / FOLDS
        tasks = {
            "s": ("s", "one", ids["s"][a], onehot[sy[a]], 64, 1.0),
            "w": ("s", "one", wi, wy, 32, 0.3),
            "b": ("b", "many", ids["b"], by, 64, 1.0),
        }
        p = network.train(rows, {n: t for n, t in tasks.items()}, 6, 10 + f)
        oof[1, b] = network.predict(p, ids["s"][b], "s")
        dev[1] += network.predict(p, ids["sd"], "s") / FOLDS
        say("sentiment fold", f)
    m = LogisticRegression(C=1, max_iter=1000).fit(np.concatenate(list(dev), 1), syd)
    sentiment = m.predict_proba(np.concatenate(list(oof), 1))
    np.savez(out, emotion=emotion, sentiment=sentiment, sentiment_dev=dev)
    say("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
