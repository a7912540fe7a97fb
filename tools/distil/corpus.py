"""The texts the table is fitted on: GoEmotions, the English part of XLM-T, the English part of BRIGHTER."""

import csv
import json
import re

PLACEHOLDERS = {"[NAME]": "someone", "[RELIGION]": "religion"}  # GoEmotions masks
FILES = (
    "goemotions-ekman/train.tsv",
    "goemotions-ekman/dev.tsv",
    "sentiment-8-languages/train.jsonl",
    "sentiment-8-languages/val.jsonl",
    "emotion-10-languages/eng.train.csv",
    "emotion-10-languages/eng.dev.csv",
)


def texts(data_dir):
    """Every distinct text, in file order."""
    seen = {}
    for name in FILES:
        with open(f"{data_dir}/{name}", encoding="utf-8", newline="") as f:
            for text in rows(name, f):
                for mask, word in PLACEHOLDERS.items():
                    text = text.replace(mask, word)
                text = re.sub(r"\bhttps?://\S+|\bhttp\b|@user\b", " ", text)
                text = " ".join(text.split())
                if text:
                    seen.setdefault(text)
    return list(seen)


def rows(name, f):
    if name.endswith(".tsv"):
        return [line.split("\t")[0] for line in f]
    if name.endswith(".jsonl"):
        parsed = map(json.loads, f)
        return [r["text"] for r in parsed if r["lang"] in ("en", "english")]
    return [r["text"] for r in csv.DictReader(f)]
