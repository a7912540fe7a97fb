"""Writes the table of roots and proofs that our Merkle tree is held against: events/tests/data/pymerkle.json.

pymerkle (pip install pymerkle==7.0.0) is an implementation by other people. The leaves are the numbers from 0 as eight
big-endian bytes. Paths are sorted, as pymerkle orders them in a way of its own.

    python tools/compare/merkle.py > events/tests/data/pymerkle.json
"""

import json
import random
import sys

from pymerkle import InmemoryTree

SEED = 6962
SIZES = [1, 2, 3, 7, 8, 255, 256, 257] + random.Random(SEED).sample(range(9, 3_000), 32)


def main() -> None:
    chance = random.Random(SEED)
    tree, rows = InmemoryTree(algorithm="sha256"), []
    for n in range(max(SIZES)):
        tree.append_entry(n.to_bytes(8, "big"))
    for size in sorted(SIZES):
        index, prior = chance.randrange(size), chance.randrange(size) + 1
        rows.append(
            {
                "size": size,
                "root": tree.get_root(size).hex(),
                "index": index,
                "inclusion": sorted(tree.prove_inclusion(index + 1, size).serialize()["path"]),
                "prior": prior,
                "priorRoot": tree.get_root(prior).hex(),
            }
        )
    json.dump({"by": "pymerkle 7.0.0", "seed": SEED, "rows": rows}, sys.stdout, indent=1)
    print()


main()
