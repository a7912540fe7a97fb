"""The word pieces of the network and the rows they start from."""

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from network import WIDTH

SIZE, LEAST = 32000, 4


def vocabulary(token_lists):
    """Word pieces of the training texts; 0 is padding, 1 is unknown."""
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordPieceTrainer(vocab_size=SIZE, min_frequency=LEAST, special_tokens=["[PAD]", "[UNK]"], limit_alphabet=6000, show_progress=False)
    t.train_from_iterator((" ".join(words) for words in token_lists), trainer)
    # The trainer numbers pieces in an order that varies: sort them.
    known = sorted(p for p in t.get_vocab() if p not in ("[PAD]", "[UNK]"))
    return {p: i for i, p in enumerate(["[PAD]", "[UNK]", *known])}


def static_table(path):
    raw = open(path, "rb").read()
    rows, columns = np.frombuffer(raw[8:16], "<u4")
    scale = np.frombuffer(raw[16 : 16 + 4 * rows], "<f4")
    return np.frombuffer(raw[16 + 4 * rows :], np.int8).reshape(rows, columns) * scale[:, None]


def principal(m, size):
    m = m - m.mean(0)
    _, _, v = np.linalg.svd(m[1000::3], full_matrices=False)
    return m @ v[:size].T


def initial_rows(vocabulary, model_dir, table_path):
    """Half from the sentence model's word embeddings, half from our static table; chance where neither knows a piece."""
    tensors = {k.removeprefix("bert."): v for k, v in load_file(f"{model_dir}/model.safetensors").items()}
    table = static_table(table_path)
    table = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-6)
    words = tensors["embeddings.word_embeddings.weight"].astype(np.float32)
    known = np.concatenate([principal(words, WIDTH // 2), principal(table, WIDTH // 2)], 1)
    known = known / known[1000:].std(0) * 0.5
    bert = Tokenizer.from_file(f"{model_dir}/tokenizer.json")
    ids = bert.get_vocab()
    rows = np.random.default_rng(0).normal(0, 0.3, (len(vocabulary), WIDTH)).astype(np.float32)
    for piece, i in vocabulary.items():
        if piece in ids:
            rows[i] = known[ids[piece]]
        elif not piece.startswith("##") and piece.isascii():
            parts = [x for x in bert.encode(piece, add_special_tokens=False).ids if x != 100]
            if parts:
                rows[i] = known[parts].mean(0)
    rows[0] = 0
    return rows
