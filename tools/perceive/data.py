"""The training texts: GoEmotions with Ekman labels, XLM-T sentiment, BRIGHTER emotions. Shapes: the README beside them."""

import csv
import hashlib
import json
from pathlib import Path

import numpy as np

EMOTIONS = ["anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise"]
SENTIMENTS = ["negative", "neutral", "positive"]
NEUTRAL = EMOTIONS.index("neutral")
BRIGHTER = {"chn": "zh", "deu": "de", "eng": "en", "esp": "es", "hin": "hi", "ptbr": "pt", "ron": "ro", "rus": "ru", "swe": "sv", "ukr": "uk"}
XLMT = {"arabic": "ar", "english": "en", "french": "fr", "german": "de", "hindi": "hi", "italian": "it", "portuguese": "pt", "spanish": "es"}


def goemotions(root, split):
    texts, labels = [], []
    for line in (Path(root) / f"goemotions-ekman/{split}.tsv").read_text(encoding="utf-8").splitlines():
        text, ids = line.split("\t")[:2]
        row = np.zeros(len(EMOTIONS), np.float32)
        row[[int(i) for i in ids.split(",")]] = 1
        texts.append(text)
        labels.append(row)
    return texts, np.array(labels)


def sentiment(root, split):
    rows = [json.loads(l) for l in open(Path(root) / f"sentiment-8-languages/{split}.jsonl", encoding="utf-8")]
    return [r["text"] for r in rows], np.array([r["label"] for r in rows]), np.array([XLMT[r["lang"]] for r in rows])


def brighter(root, split):
    """Labels that a language has no column for are NaN; neutral is the absence of all others."""
    texts, labels, languages = [], [], []
    for name, tag in BRIGHTER.items():
        with open(Path(root) / f"emotion-10-languages/{name}.{split}.csv", encoding="utf-8", newline="") as f:
            for r in csv.DictReader(f):
                row = np.array([float(r[e]) if e in r else np.nan for e in EMOTIONS], np.float32)
                row[NEUTRAL] = np.nansum(row) == 0
                texts.append(r["text"])
                labels.append(row)
                languages.append(tag)
    return texts, np.array(labels), np.array(languages)


def weak_sentiment(labels):
    """A sentiment from emotions: -1 where they do not tell one."""
    y = np.nan_to_num(labels)
    joy = y[:, 3] > 0
    bad = y[:, [0, 1, 2, 5]].sum(1) > 0
    startled = y[:, 6] > 0
    return np.select([joy & ~bad, bad & ~joy, ~joy & ~bad & ~startled], [2, 0, 1], -1)


def fingerprints(root):
    names = ["goemotions-ekman/train.tsv", "goemotions-ekman/dev.tsv", "sentiment-8-languages/train.jsonl", "sentiment-8-languages/val.jsonl"]
    names += [f"emotion-10-languages/{l}.{s}.csv" for l in BRIGHTER for s in ("train", "dev")]
    return {n: hashlib.sha256((Path(root) / n).read_bytes()).hexdigest() for n in names}
