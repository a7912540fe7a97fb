"""Logistic regression over hashed n-grams, as `models/src/perception/linear.rs` reads it."""

from collections import Counter

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from features import fnv, grams

IDF_STEP = 0.05
KEYS = {}


def count(token_lists):
    """Per text: n-gram key -> times."""
    out = []
    for words in token_lists:
        c = Counter()
        for g in grams(words):
            k = KEYS.get(g)
            if k is None:
                k = KEYS[g] = fnv(g)
            c[k] += 1
        out.append(c)
    return out


class Vocabulary:
    """Known keys, ascending, each with its inverse document frequency in steps of 1/20 above 1."""

    def __init__(self, keys, idf_steps):
        order = np.argsort(keys)
        self.keys, self.steps = np.asarray(keys, np.uint32)[order], np.asarray(idf_steps, np.uint8)[order]
        self.at = {int(k): i for i, k in enumerate(self.keys)}

    @classmethod
    def of(cls, counts, least=2):
        df = Counter()
        for c in counts:
            df.update(c.keys())
        keys = [k for k, n in df.items() if n >= least]
        idf = np.log((1 + len(counts)) / (1 + np.array([df[k] for k in keys])))
        return cls(np.array(keys, np.uint32), np.rint(idf / IDF_STEP))

    def only(self, kept):
        return Vocabulary(self.keys[kept], self.steps[kept])

    def matrix(self, counts):
        """TF-IDF at unit length."""
        starts, columns, times = [0], [], []
        for c in counts:
            for k, n in c.items():
                j = self.at.get(k)
                if j is not None:
                    columns.append(j)
                    times.append(n)
            starts.append(len(columns))
        x = sp.csr_matrix((1 + np.log(np.array(times, np.float32)), columns, starts), (len(counts), len(self.keys)))
        x = x @ sp.diags((1 + IDF_STEP * self.steps).astype(np.float32))
        length = np.sqrt(np.asarray(x.multiply(x).sum(1)).ravel())
        return (sp.diags(1 / np.maximum(length, 1e-9)).astype(np.float32) @ x).tocsr()


def fit(x, targets, c, weights=None):
    """One binary model per column of `targets`; NaN rows are left out. Returns (columns, features) and biases."""
    coef, bias = [], []
    for y in targets.T:
        known = np.isfinite(y)
        m = LogisticRegression(C=c, solver="liblinear").fit(x[known], y[known], sample_weight=None if weights is None else weights[known])
        coef.append(m.coef_[0])
        bias.append(m.intercept_[0])
    return np.array(coef), np.array(bias)


def prune(coef, vocabulary, keep):
    """The features whose largest weight, times their IDF, is largest."""
    strength = np.abs(coef).max(0) * (1 + IDF_STEP * vocabulary.steps)
    return np.sort(np.argsort(-strength)[:keep])


def quantise(coef):
    scale = (np.abs(coef).max(1) / 127).astype(np.float32)
    return scale, np.rint(coef / scale[:, None]).clip(-127, 127).astype(np.int8)


def write(path, vocabulary, scale, values, bias):
    """Returns nothing; the layout is told in models/assets/perception/README.md."""
    head = b"AICOLIN1" + np.array([len(vocabulary.keys), len(bias)], "<u4").tobytes()
    body = scale.astype("<f4").tobytes() + np.asarray(bias, "<f4").tobytes() + vocabulary.keys.astype("<u4").tobytes()
    path.write_bytes(head + body + vocabulary.steps.tobytes() + np.ascontiguousarray(values.T).tobytes())


def score(x, scale, values, bias):
    return x @ (values.astype(np.float32) * scale[:, None]).T + bias
