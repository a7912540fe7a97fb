"""A convolutional network over word pieces, several tasks on one body. `models/src/perception/network.rs` runs it."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from features import pieces

jax.config.update("jax_default_prng_impl", "unsafe_rbg")

WIDTH, FILTERS, WINDOWS, LENGTH = 64, 96, 3, 64


def encode(token_lists, vocabulary):
    seen = {}
    out = np.zeros((len(token_lists), LENGTH), np.int32)
    for row, words in zip(out, token_lists):
        ids = []
        for w in words:
            if w not in seen:
                seen[w] = pieces(w, vocabulary)
            ids += seen[w]
        ids = ids[:LENGTH]
        row[: len(ids)] = ids
    return out


def initial(rows, heads, seed):
    keys = jax.random.split(jax.random.key(seed), WINDOWS + 1)
    p = {"rows": jnp.array(rows)}
    for w in range(1, WINDOWS + 1):
        p[f"window{w}"] = jax.random.normal(keys[w], (w * WIDTH, FILTERS)) / np.sqrt(w * WIDTH)
        p[f"bias{w}"] = jnp.zeros(FILTERS)
    for name, size in heads.items():
        p["head_" + name] = jnp.zeros((2 * WINDOWS * FILTERS, size))
        p["zero_" + name] = jnp.zeros(size)
    return p


def body(p, ids, key=None):
    mask = (ids > 0)[..., None].astype(jnp.float32)
    x = p["rows"][ids] * mask
    if key is not None:
        key, words, numbers, top = jax.random.split(key, 4)
        x = x * jax.random.bernoulli(words, 0.85, ids.shape)[..., None] / 0.85
        x = x * jax.random.bernoulli(numbers, 0.8, x.shape) / 0.8
    root = jnp.sqrt(jnp.maximum(mask.sum(1), 1))
    pooled = []
    for w in range(1, WINDOWS + 1):
        z = jnp.concatenate([jnp.pad(x, ((0, 0), (j, 0), (0, 0)))[:, : ids.shape[1]] for j in range(w)], -1)
        h = jax.nn.relu(z @ p[f"window{w}"] + p[f"bias{w}"]) * mask
        pooled += [h.max(1), h.sum(1) / root]
    h = jnp.concatenate(pooled, -1)
    return h if key is None else h * jax.random.bernoulli(top, 0.6, h.shape) / 0.6


def head(p, h, name):
    return h @ p["head_" + name] + p["zero_" + name]


predict_some = jax.jit(lambda p, ids, name: head(p, body(p, ids), name), static_argnums=2)


def predict(p, ids, name):
    return np.concatenate([np.array(predict_some(p, ids[i : i + 2048], name)) for i in range(0, len(ids), 2048)])


def loss_of(kind, logits, y):
    if kind == "one":
        return optax.softmax_cross_entropy(logits, y).mean()
    known = jnp.isfinite(y)
    each = optax.sigmoid_binary_cross_entropy(logits, jnp.where(known, y, 0))
    return jnp.where(known, each, 0).sum() / jnp.maximum(known.sum(), 1)


def train(rows, tasks, epochs, seed, rate=2e-3, report=None):
    """tasks: name -> (head, kind, ids, targets, batch, weight). An epoch is one pass over the first task's texts."""
    heads = {t[0]: t[3].shape[1] for t in tasks.values()}
    p = initial(rows, heads, seed)
    first = next(iter(tasks.values()))
    steps = len(first[2]) // first[4]
    tx = optax.adamw(optax.cosine_decay_schedule(rate, steps * epochs), weight_decay=1e-2)
    state = tx.init(p)

    def loss(p, batch, key):
        total = 0.0
        for (name, kind, _, _, _, weight), (ids, y), k in zip(tasks.values(), batch, jax.random.split(key, len(tasks))):
            total += weight * loss_of(kind, head(p, body(p, ids, k), name), y)
        return total

    @jax.jit
    def step(p, state, batch, key):
        value, g = jax.value_and_grad(loss)(p, batch, key)
        update, state = tx.update(g, state, p)
        return optax.apply_updates(p, update), state, value

    rng = np.random.default_rng(seed)

    def batches(n, size):
        while True:
            order = rng.permutation(n)
            for i in range(0, n - size + 1, size):
                yield order[i : i + size]

    streams = [batches(len(t[2]), t[4]) for t in tasks.values()]
    key = jax.random.key(seed + 1000)
    for epoch in range(epochs):
        total = 0.0
        for _ in range(steps):
            key, now = jax.random.split(key)
            batch = []
            for t, stream in zip(tasks.values(), streams):
                rows_now = next(stream)
                ids = t[2][rows_now]
                longest = int((ids > 0).sum(1).max())
                batch.append((ids[:, : 24 if longest <= 24 else 32 if longest <= 32 else 40], t[3][rows_now]))
            p, state, value = step(p, state, batch, now)
            total += value
        if report:
            report(epoch, float(total) / steps, p)
    return p
