"""Scores by cross-fit: calibration and thresholds come from one half of the dev texts, the score from the other."""

import numpy as np
from sklearn.linear_model import LogisticRegression

SMOOTH = 31  # neighbours in the order of scores over which a threshold's F1 is averaged


def f1(y, p):
    return 2 * (y * p).sum(0) / np.maximum(y.sum(0) + p.sum(0), 1e-9)


def threshold(y, q):
    order = np.argsort(-q, kind="stable")
    hits = np.cumsum(y[order])
    f = 2 * hits / (np.arange(1, len(y) + 1) + y.sum())
    f = np.convolve(np.pad(f, SMOOTH // 2, "edge"), np.ones(SMOOTH) / SMOOTH, "valid")
    at = int(f.argmax())
    return (q[order[at]] + q[order[min(at + 1, len(y) - 1)]]) / 2


def mixes(parts, y):
    out = []
    for k in range(y.shape[1]):
        known = np.isfinite(y[:, k])
        m = LogisticRegression(C=10).fit(np.stack([p[known, k] for p in parts], 1), y[known, k])
        out.append([*m.coef_[0], m.intercept_[0]])
    return np.array(out)


def apply(parts, mix):
    z = sum(p * mix[:, i] for i, p in enumerate(parts)) + mix[:, -1]
    return 1 / (1 + np.exp(-z))


def calibrate(parts, y):
    mix = mixes(parts, y)
    q = apply(parts, mix)
    return mix, [threshold(y[np.isfinite(y[:, k]), k], q[np.isfinite(y[:, k]), k]) for k in range(y.shape[1])]


def calibration_error(y, q, bins=15):
    """Expected calibration error over all labels at once, in bins of equal width."""
    known = np.isfinite(y)
    y, q = y[known], q[known]
    at = np.minimum((q * bins).astype(int), bins - 1)
    return sum(abs(y[at == i].mean() - q[at == i].mean()) * (at == i).mean() for i in range(bins) if (at == i).any())


def halves(n, rounds):
    rng = np.random.default_rng(1)
    for _ in range(rounds):
        order = rng.permutation(n)
        for a, b in ((order[: n // 2], order[n // 2 :]), (order[n // 2 :], order[: n // 2])):
            yield a, b


def crossfit(parts, y, rounds):
    """Yields (decisions, probabilities) of the whole set, one per round."""
    decided, q = np.zeros(y.shape), np.zeros(y.shape)
    for turn, (a, b) in enumerate(halves(len(y), rounds)):
        mix, limits = calibrate([p[a] for p in parts], y[a])
        q[b] = apply([p[b] for p in parts], mix)
        decided[b] = q[b] > np.array(limits)
        if turn % 2:
            yield decided, q


def emotion(parts, y, rounds=5):
    found = [(f1(y, d), calibration_error(y, q)) for d, q in crossfit(parts, y, rounds)]
    f = np.mean([x for x, _ in found], 0)
    return round(float(f.mean()), 4), [round(float(x), 3) for x in f], round(float(np.mean([e for _, e in found])), 4)


def world(parts, y, languages, rounds=5):
    """Macro-F1 over the labels that a language has (without neutral), averaged over languages."""
    by, errors = {}, []
    for d, q in crossfit(parts, y, rounds):
        errors.append(calibration_error(y, q))
        for l in sorted(set(languages)):
            rows = languages == l
            labels = [k for k in range(y.shape[1]) if k != 4 and np.isfinite(y[rows, k]).all() and y[rows, k].sum() > 0]
            by.setdefault(l, []).append(f1(y[rows][:, labels], d[rows][:, labels]).mean())
    by = {l: round(float(np.mean(v)), 3) for l, v in by.items()}
    return round(float(np.mean(list(by.values()))), 4), by, round(float(np.mean(errors)), 4)


def sentiment(parts, y, languages, rounds=5):
    x, one, by, errors = np.concatenate(parts, 1), np.eye(3), {}, []
    for turn, (a, b) in enumerate(halves(len(y), rounds)):
        if turn % 2 == 0:
            q = np.zeros((len(y), 3))
        q[b] = LogisticRegression(C=1, max_iter=1000).fit(x[a], y[a]).predict_proba(x[b])
        if turn % 2:
            errors.append(calibration_error(one[y], q))
            for l in sorted(set(languages)):
                rows = languages == l
                by.setdefault(l, []).append(f1(one[y[rows]], one[q[rows].argmax(1)]).mean())
    by = {l: round(float(np.mean(v)), 3) for l, v in by.items()}
    return round(float(np.mean(list(by.values()))), 4), by, round(float(np.mean(errors)), 4)
