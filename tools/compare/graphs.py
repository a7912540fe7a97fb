"""AICO's graph beside NetworkX and GrandCypher: same graph, same questions, one run on one machine.

  graphs.py GRAPHBENCH              10,000 nodes and 100,000 edges; analytics and queries
  graphs.py GRAPHBENCH --million    AICO alone on 1,000,000 edges: load and queries from a point
"""

import argparse
import json
import platform
import random
import statistics
import subprocess
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import networkx as nx
import numpy as np
from grandcypher import GrandCypher

SEED = 20261125
SOURCES = 100  # of betweenness, the same for both: NetworkX would need minutes for all
SMALL = 400  # nodes of the graph on which betweenness is compared from all sources

# What both are asked. The answers must be the same rows in some order. GrandCypher never binds one node twice, openCypher
# does (`a` and `c` may be one), so the walk of two steps says that it wants others.
QUERIES = [
    "MATCH (a)-[]->(b) WHERE a.k == 17 RETURN b.k",
    "MATCH (a {k: 17})-[]->(b) RETURN b.k",
    "MATCH (a) WHERE a.k > 9000 RETURN a.k",
    "MATCH (a {k: 17})-[]->(b)-[]->(c) WHERE c.k <> 17 RETURN c.k",
    "MATCH (a)-[r]->(b) WHERE r.n < 50 RETURN a.k, b.k",
]
POINT = [
    "MATCH (a {k: 17})-[:T]->(b) RETURN count(b)",
    "MATCH (a {k: 17})-[:T]->(b)-[:T]->(c) RETURN count(c)",
    "MATCH (a:P {k: 18})-[:T]-(b)-[:T]-(c) RETURN count(c)",
    "MATCH (a {k: 17})-[:T*1..3]->(c) RETURN count(c)",
    "MATCH (a:P) RETURN count(a)",
    "MATCH (a)-[r]->(b) RETURN count(r)",
    "MATCH (a)-[r]->(b) WHERE r.n % 7 = 3 RETURN count(r)",
]


def edges(nodes, count, groups=50, inside=0.8):
    """Distinct edges without loops; most stay within one of equal groups, so that there is something to find."""
    draw = random.Random(SEED)
    size = nodes // groups
    found = {}
    while len(found) < count:
        a = draw.randrange(nodes)
        b = a // size * size + draw.randrange(size) if draw.random() < inside else draw.randrange(nodes)
        if a != b:
            found[(a, b)] = None
    return list(found)


def network(nodes, pairs):
    graph = nx.DiGraph()
    graph.add_nodes_from((k, {"k": k, "__labels__": {"P"}}) for k in range(nodes))
    graph.add_edges_from((a, b, {"n": n, "__labels__": {"T"}}) for n, (a, b) in enumerate(pairs))
    return graph


def timed(work, repeat=1):
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return result, statistics.median(times)


def ours(binary, pairs, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "edges"
        path.write_text("".join(f"{a} {b}\n" for a, b in pairs))
        done = subprocess.run([binary, str(path), *arguments], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def spread(wanted, found):
    """The largest difference of two lists of scores, as a part of the largest score."""
    return float(np.max(np.abs(np.array(wanted) - np.array(found))) / np.max(np.abs(wanted)))


def restricted(graph, sources):
    """Betweenness from some sources, as NetworkX reckons it when it draws them itself."""
    scores = dict.fromkeys(graph, 0.0)
    from networkx.algorithms.centrality.betweenness import _accumulate_basic, _single_source_shortest_path_basic

    for source in sources:
        order, before, ways, _ = _single_source_shortest_path_basic(graph, source)
        scores, _ = _accumulate_basic(scores, order, before, ways, source)
    n = len(graph)
    return [scores[v] * n / len(sources) / ((n - 1) * (n - 2)) for v in graph]


def row(what, theirs, other, own, same):
    print(f"| {what} | {theirs} | {other * 1000:,.2f} | {own * 1000:,.3f} | {other / own:,.0f} | {same} |", flush=True)


def compare(binary):
    nodes = 10_000
    pairs = edges(nodes, 100_000)
    graph, build = timed(lambda: network(nodes, pairs))
    sources = list(range(0, nodes, nodes // SOURCES))
    listed = ",".join(map(str, sources))
    queries = [part for query in QUERIES for part in ("--query", query)]
    found = ours(binary, pairs, "--analytics", "--sources", listed, *queries)
    analytics, times = found["analytics"], found["analytics"]["times"]
    print("| what | beside | its ms | AICO ms | times faster | same answer |")
    print("|---|---|---:|---:|---:|---|")
    row("load", "NetworkX", build, found["load_s"], f"{found['nodes']:,} nodes, {found['edges']:,} edges")
    ranks, taken = timed(lambda: nx.pagerank(graph), 3)
    difference = spread([ranks[v] for v in graph], analytics["pagerank"])
    row("PageRank", "NetworkX", taken, times["pagerank"], f"within {difference:.1e}")
    communities, taken = timed(lambda: nx.community.louvain_communities(nx.MultiGraph(graph.edges()), seed=1))
    theirs = nx.community.modularity(nx.MultiGraph(graph.edges()), communities)
    row("Louvain", "NetworkX", taken, times["louvain"], f"modularity {analytics['modularity']:.4f}, its {theirs:.4f}")
    scores, taken = timed(lambda: restricted(graph, sources))
    difference = spread(scores, analytics["betweenness"])
    row(f"betweenness, {SOURCES} sources", "NetworkX", taken, times["betweenness"], f"within {difference:.1e}")
    few = edges(SMALL, SMALL * 6, groups=8)
    small = network(SMALL, few)
    exact, taken = timed(lambda: nx.betweenness_centrality(small))
    own = ours(binary, few, "--analytics")["analytics"]
    difference = spread([exact[v] for v in small], own["betweenness"])
    row(f"betweenness, exact, {SMALL} nodes", "NetworkX", taken, own["times"]["betweenness"], f"within {difference:.1e}")
    for query, answer in zip(QUERIES, found["queries"]):
        result, taken = timed(lambda query=query: GrandCypher(graph).run(query))
        theirs = sorted(zip(*result.values()))
        same = theirs == sorted(map(tuple, answer["rows"]))
        row(f"`{query}`", "GrandCypher", taken, answer["median_s"], f"{'yes' if same else 'NO'}, {len(theirs)} rows")
        if not same:
            raise SystemExit(f"other rows: {query}: {len(answer['rows'])}")


def million(binary):
    nodes = 100_000
    pairs = edges(nodes, 1_000_000)
    queries = [part for query in POINT for part in ("--query", query)]
    found = ours(binary, pairs, "--analytics", "--sources", ",".join(map(str, range(0, nodes, nodes // 20))), "--repeat", "21", *queries)
    print(f"load of {found['nodes']:,} nodes and {found['edges']:,} edges: {found['load_s']:.2f} s")
    print(", ".join(f"{name} {taken:.2f} s" for name, taken in found["analytics"]["times"].items()), "(betweenness: 20 sources)")
    print("| query | answer | first, ms | median of 21, ms |")
    print("|---|---:|---:|---:|")
    for answer in found["queries"]:
        print(f"| `{answer['query']}` | {answer['rows'][0][0]:,} | {answer['first_s'] * 1000:.2f} | {answer['median_s'] * 1000:.3f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", help="graphbench, built for release")
    parser.add_argument("--million", action="store_true")
    chosen = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}", *(f"{p} {version(p)}" for p in ("networkx", "scipy", "grand-cypher")), sep=", ")
    (million if chosen.million else compare)(chosen.binary)
