"""What answers of the REST API are worth on held-out questions: citations, support, abstentions, ROUGE-L, token F1.

Brings up the API of a finished run (``--output``), puts the index of another corpus on its S3 where ``--index`` names
one, and asks questions about topics that no training question was about. ``MEDASSIST_MODEL_WORDS=always`` shows the
model's own words where they are supported. Writes ``benchmarks/results/grounded_answers.json``.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import httpx

from medassist import cloud, datasets, splits, storage
from medassist.experiments.grounding_evaluation import measure_answers, summarise_answers
from medassist.production import deployment, sign_in

RESULTS = Path(__file__).parent / "results" / "grounded_answers.json"


def main() -> None:
    """Ask, measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="the corpus whose questions are asked")
    parser.add_argument("--corpus-name", default="sample", help="its name on S3 (default: %(default)s)")
    parser.add_argument("--index", type=Path, help="its index bundle, if a run has not put it on S3 yet")
    parser.add_argument("--output", type=Path, default=Path("build"), help="folder of the run (default: %(default)s)")
    parser.add_argument("--questions", type=int, default=200, help="how many (default: %(default)s)")
    parser.add_argument("--result", type=Path, default=RESULTS, help="default: %(default)s")
    options = parser.parse_args()
    data = datasets.load_corpus(options.corpus, skip_invalid=True)
    held_out = splits.split_corpus(data).take(data.questions, "test")
    questions = held_out[:: max(1, len(held_out) // options.questions)][: options.questions]
    connected = cloud.connect("local", options.output.resolve() / "cloud")
    settings = deployment.settings_for(options.corpus_name)
    if options.index:
        _put_index(options.index, settings.bucket, options.corpus_name)
    url = deployment.bring_up(connected, settings, progress=print)
    headers = sign_in.headers(deployment.resources().user_pool_id)
    with httpx.Client(base_url=url, headers=headers, timeout=120) as client:
        answers = [
            client.post("/v1/questions", json={"question": question.text}).raise_for_status().json()
            for question in questions
        ]
    found = {
        "corpus": data.name,
        "index": answers[0]["index"],
        "model_words": settings.model_words,
        "questions": len(questions),
        "why": dict(Counter(answer["fallback"] or "the model's own words" for answer in answers)),
        "measures": summarise_answers(measure_answers(questions, answers)),
    }
    storage.write_text(options.result, json.dumps(found, indent=1) + "\n")
    for name, one in found["measures"].items():
        print(f"{name:34} {one['mean']:.3f} [{one['low']:.3f}, {one['high']:.3f}], n = {one['n']}")
    print(*(f"{count:4} {reason}" for reason, count in found["why"].items()), sep="\n")


def _put_index(folder: Path, bucket: str, corpus: str) -> None:
    """Put a bundle where a run would put it: the files first, ``latest.json`` last."""
    version = str(json.loads((folder / "meta.json").read_text(encoding="utf-8"))["version"])
    uri = f"s3://{bucket}/index/{corpus}/{version}"
    storage.upload_folder(folder, uri)
    storage.write_json(f"s3://{bucket}/index/{corpus}/latest.json", {"version": version, "uri": uri})


if __name__ == "__main__":
    main()
