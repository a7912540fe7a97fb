"""Trains the embedded classifiers and writes models/assets/perception.

  train.py DATA MODEL_DIR TEACHER.npz OUT_DIR

MODEL_DIR is that of tools/distil; TEACHER.npz is made by teacher.py.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

import data
import linear
import measure
import network
from features import grams, tokens
from golden import TEXTS
from pieces import initial_rows, vocabulary

VERSION = "1"
EPOCHS = 6
SOFT = 0.5  # how much of a target is the teacher's
KEEP = {"emotion-en": 90_000, "emotion-world": 60_000, "sentiment": 90_000, "language": 40_000}
HERE = Path(__file__).parents[2]


def linear_model(name, counts, targets, c, weights=None):
    """Fits, keeps the strongest features, fits again on those alone, quantises."""
    v = linear.Vocabulary.of(counts)
    w, _ = linear.fit(v.matrix(counts), targets, c, weights)
    v = v.only(linear.prune(w, v, KEEP[name]))
    w, bias = linear.fit(v.matrix(counts), targets, c, weights)
    scale, values = linear.quantise(w)
    return v, scale, values, bias


def write_network(path, p, heads):
    rows = np.array(p["rows"])
    rows[0] = 0
    scale = np.maximum(np.abs(rows).max(1) / 127, 1e-12).astype("<f4")
    values = np.rint(rows / scale[:, None]).astype(np.int8)
    p = dict(p, rows=values.astype(np.float32) * scale[:, None])
    tops = [np.concatenate([np.array(p[f"{kind}_{h}"]) for h in heads], -1) for kind in ("head", "zero")]
    out = b"AICONET1" + np.array([*rows.shape, network.FILTERS, tops[1].size], "<u4").tobytes()
    out += scale.tobytes() + values.tobytes()
    for w in range(1, network.WINDOWS + 1):
        out += np.array(p[f"window{w}"], "<f4").tobytes() + np.array(p[f"bias{w}"], "<f4").tobytes()
    path.write_bytes(out + tops[0].astype("<f4").tobytes() + tops[1].astype("<f4").tobytes())
    return p


def main(root, model_dir, teacher, out):
    start = time.time()
    say = lambda *a: print(*a, f"[{time.time() - start:.0f}s]", flush=True)
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    gx, gy = data.goemotions(root, "train")
    gxd, gyd = data.goemotions(root, "dev")
    sx, sy, sl = data.sentiment(root, "train")
    sxd, syd, sld = data.sentiment(root, "val")
    bx, by, bl = data.brighter(root, "train")
    bxd, byd, bld = data.brighter(root, "dev")
    texts = dict(g=gx, gd=gxd, s=sx, sd=sxd, b=bx, bd=bxd)
    cut = {n: [tokens(t) for t in x] for n, x in texts.items()}
    counts = {n: linear.count(t) for n, t in cut.items()}
    vocab = vocabulary(cut["g"] + cut["s"] + cut["b"])
    ids = {n: network.encode(t, vocab) for n, t in cut.items()}
    soft = np.load(teacher)
    onehot = np.eye(3, dtype=np.float32)
    weak = np.concatenate([data.weak_sentiment(by), data.weak_sentiment(gy)])
    some = np.random.default_rng(1).permutation(np.where(weak >= 0)[0])[:20000]
    weak_y, weak_ids = onehot[weak[some]], np.concatenate([ids["b"], ids["g"]])[some]
    weak_counts = [(counts["b"] + counts["g"])[i] for i in some]
    say("read", {n: len(x) for n, x in texts.items()}, len(vocab), "pieces")

    # n-gram models
    lin = {
        "emotion-en": linear_model("emotion-en", counts["g"], gy, 2),
        "emotion-world": linear_model("emotion-world", counts["b"], by, 3),
        "sentiment": linear_model(
            "sentiment", counts["s"] + weak_counts, np.concatenate([onehot[sy], weak_y]), 3, np.r_[np.ones(len(sx)), np.full(len(some), 0.3)]
        ),
    }
    tongues, lin["language"], temperature = languages(cut, sl, bl, sld, bld, say)
    say("linear")

    rows = initial_rows(vocab, model_dir, HERE / "models/assets/embedding/static-v1.bin")
    tasks = {
        "g": ("g", "many", ids["g"], ((1 - SOFT) * gy + SOFT * soft["emotion"]).astype(np.float32), 128, 1.0),
        "s": ("s", "one", ids["s"], ((1 - SOFT) * onehot[sy] + SOFT * soft["sentiment"]).astype(np.float32), 48, 0.5),
        "w": ("s", "one", weak_ids, weak_y, 24, 0.15),
        "b": ("b", "many", ids["b"], by, 64, 0.5),
    }

    def report(epoch, loss, p):
        g, s, b = network.predict(p, ids["gd"], "g"), network.predict(p, ids["sd"], "s"), network.predict(p, ids["bd"], "b")
        say("epoch", epoch, round(loss, 4), "emotion", measure.emotion([g], gyd, 2)[0], "sentiment", measure.sentiment([s], syd, sld, 2)[0], "world", measure.world([b], byd, bld, 2)[0])

    p = network.train(rows, tasks, EPOCHS, 0, report=report)
    p = write_network(out / "network.bin", {k: np.array(v) for k, v in p.items()}, ["g", "b", "s"])
    (out / "vocab.txt").write_text("\n".join(vocab) + "\n", encoding="utf-8")
    for name, (v, scale, values, bias) in lin.items():
        linear.write(out / f"{name}.bin", v, scale, values, bias)

    def parts(which, split):
        h, name = {"g": ("g", "emotion-en"), "b": ("b", "emotion-world"), "s": ("s", "sentiment")}[which]
        v, *rest = lin[name]
        return [network.predict(p, ids[split], h), linear.score(v.matrix(counts[split]), *rest)]

    dev = {"g": parts("g", "gd"), "b": parts("b", "bd"), "s": parts("s", "sd")}
    foreign = bld != "en"
    scores = {
        "emotion": measure.emotion(dev["g"], gyd),
        "sentiment": measure.sentiment(dev["s"], syd, sld),
        "world": measure.world([d[foreign] for d in dev["b"]], byd[foreign], bld[foreign]),
    }
    for name, (mean, by_class, error) in scores.items():
        say(name, "macro-F1", mean, by_class, "ECE", error)
    english = measure.calibrate(dev["g"], gyd)
    world = measure.calibrate([d[foreign] for d in dev["b"]], byd[foreign])
    mix = LogisticRegression(C=1, max_iter=1000).fit(np.concatenate(dev["s"], 1), syd)
    rounded = lambda a: [[round(float(x), 5) for x in r] for r in a]
    manifest = {
        "version": VERSION,
        "emotion": {
            "labels": data.EMOTIONS,
            "english": {"mix": rounded(english[0]), "thresholds": [round(float(t), 4) for t in english[1]]},
            "world": {"mix": rounded(world[0]), "thresholds": [round(float(t), 4) for t in world[1]]},
            "languages": sorted(set(bl)),
        },
        "sentiment": {"labels": data.SENTIMENTS, "mix": rounded(np.c_[mix.coef_, mix.intercept_]), "languages": sorted(set(sl))},
        "language": {"labels": tongues, "temperature": round(float(temperature), 5)},
    }
    (out / "model.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    write_golden(out / "golden.json", manifest, vocab, p, lin)
    for name, digest in data.fingerprints(root).items():
        print(digest, name)
    for path in sorted(out.iterdir()):
        if path.suffix in (".bin", ".txt", ".json"):
            print(hashlib.sha256(path.read_bytes()).hexdigest(), path.name, path.stat().st_size)
    say("done")


def languages(cut, sl, bl, sld, bld, say):
    """Whole texts and short windows of them: what a person writes is often two words."""
    rng = np.random.default_rng(3)
    some = rng.permutation(len(cut["g"]))[:4000]

    def windows(lists, tags):
        pairs = list(zip(lists, tags))
        for words, tag in zip(lists, tags):
            clean = [w for w in words if w not in ("user", "http") and w[0].isalpha()]
            for n in (int(rng.integers(1, 4)), int(rng.integers(3, 7))):
                if len(clean) >= n:
                    at = int(rng.integers(0, len(clean) - n + 1))
                    pairs.append((clean[at : at + n], tag))
        return pairs

    # Hindi of the tweets is written in Latin letters among English words; only Devanagari tells it for sure.
    keep = sl != "hi"
    train = windows([w for w, k in zip(cut["s"], keep) if k] + cut["b"] + [cut["g"][i] for i in some], [*sl[keep], *bl, *["en"] * len(some)])
    test = windows([w for w, t in zip(cut["sd"], sld) if t != "hi"] + cut["bd"], [*sld[sld != "hi"], *bld])
    tags = sorted({t for _, t in train})
    y = np.array([tags.index(t) for _, t in train])
    c, d = linear.count([w for w, _ in train]), linear.count([w for w, _ in test])
    model = linear_model("language", c, np.eye(len(tags), dtype=np.float32)[y], 10)
    z = linear.score(model[0].matrix(d), *model[1:])
    yd = np.array([tags.index(t) for _, t in test])

    def nll(temperature):
        q = z * temperature
        q = q - q.max(1, keepdims=True)
        return -(q[np.arange(len(yd)), yd] - np.log(np.exp(q).sum(1))).mean()

    temperature = minimize_scalar(nll, bounds=(0.2, 5), method="bounded").x
    say("language accuracy", round(float((z.argmax(1) == yd).mean()), 4), "temperature", round(float(temperature), 3))
    return tags, model, temperature


def write_golden(path, manifest, vocab, p, lin):
    sigmoid = lambda x: 1 / (1 + np.exp(-x))
    out = []
    for text in TEXTS:
        words = tokens(text)
        ids = network.encode([words], vocab)
        counts = linear.count([words])
        net = {h: network.predict(p, ids, h)[0] for h in "gbs"}
        sums = {n: linear.score(v.matrix(counts), *rest)[0] for n, (v, *rest) in lin.items()}
        entry = {"text": text, "tokens": words, "grams": len(set(counts[0]))}
        for name, h, l in (("english", "g", "emotion-en"), ("world", "b", "emotion-world")):
            m = np.array(manifest["emotion"][name]["mix"])
            entry[name] = [round(float(x), 4) for x in sigmoid(m[:, 0] * net[h] + m[:, 1] * sums[l] + m[:, 2])]
        q = np.array(manifest["sentiment"]["mix"]) @ np.r_[net["s"], sums["sentiment"], 1]
        entry["sentiment"] = [round(float(x), 4) for x in np.exp(q - q.max()) / np.exp(q - q.max()).sum()]
        q = sums["language"] * manifest["language"]["temperature"]
        entry["language"] = manifest["language"]["labels"][int(q.argmax())]
        entry["language_probability"] = round(float((np.exp(q - q.max()) / np.exp(q - q.max()).sum()).max()), 4)
        out.append(json.dumps(entry, ensure_ascii=False))
    path.write_text("[\n" + ",\n".join(out) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
