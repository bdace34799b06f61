"""nDCG@10 and R@10 by the fusion's constant and lexical weight, on a corpus with questions and judgements."""

import argparse
import random
from pathlib import Path

from medassist import datasets, evaluation, retrieval
from medassist.index import ranking


def main() -> None:
    """Print a table: constant, weight, measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="a corpus with questions")
    parser.add_argument("--index", type=Path, required=True, help="its index bundle")
    parser.add_argument("--questions", type=int, default=300, help="sampled with a fixed seed (default: %(default)s)")
    options = parser.parse_args()
    corpus, index = datasets.load_corpus(options.corpus, skip_invalid=True), retrieval.Index.load(options.index)
    questions = list(corpus.questions)
    if len(questions) > options.questions:
        questions = random.Random(1).sample(questions, options.questions)
    qrels = {question.query_id: corpus.qrels[question.query_id] for question in questions}
    chosen = (ranking.FUSION_CONSTANT, ranking.LEXICAL_WEIGHT)
    print(f"{len(questions)} questions; * is what medassist uses\n")
    print("| constant | lexical weight | nDCG@10 | R@10 |\n|---|---|---|---|")
    for constant in (10, 60):
        for weight in (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0):
            ranking.FUSION_CONSTANT, ranking.LEXICAL_WEIGHT = constant, weight
            scores = evaluation.score_run(qrels, evaluation.run_queries(index, questions, 20), ["nDCG@10", "R@10"])
            means = [sum(by_query.values()) / len(by_query) for by_query in scores.values()]
            mark = " *" if (constant, weight) == chosen else ""
            print(f"| {constant} | {weight}{mark} | {means[0]:.3f} | {means[1]:.3f} |")


if __name__ == "__main__":
    main()
