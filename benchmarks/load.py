"""Stage times, sizes, init times, and latencies under load of the real local API, for the scaling study.

Needs what `medassist run` has left in ``--output``. Writes ``benchmarks/results/load.json``.
"""

import argparse
import json
import statistics
from dataclasses import replace
from pathlib import Path

from medassist import aws, cloud, datasets, deployment, interactions, load_test


def main() -> None:
    """Measure, write the result, print a table: target, arrivals a second, latencies, share of the time in use."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("build"), help="folder of the run (default: %(default)s)")
    parser.add_argument("--corpus", type=Path, default=Path("data/sample"), help="where questions come from")
    parser.add_argument("--questions", type=int, default=120, help="how many (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each rate lasts (default: %(default)s)")
    parser.add_argument("--api-rates", type=float, nargs="+", default=[2, 4, 6, 8], help="arrivals a second")
    parser.add_argument("--endpoint-rates", type=float, nargs="+", default=[6, 12, 18, 24], help="arrivals a second")
    parser.add_argument("--result", type=Path, default=load_test.RESULTS, help="default: %(default)s")
    options = parser.parse_args()
    name = json.loads((options.output / "report.json").read_text())["corpus"]
    questions = [question.text for question in datasets.load_corpus(options.corpus).questions][: options.questions]
    with cloud.connect("local", (options.output / "cloud").resolve()) as connected:
        settings = replace(deployment.settings_for(name), table_name="medassist-load-test")  # not people's own table
        url = deployment.bring_up(connected, settings, progress=print)
        rates = {"api": options.api_rates, "endpoint": options.endpoint_rates}

        def empty_table() -> None:
            aws.client("dynamodb").delete_table(TableName=settings.table_name)
            interactions.create_table(settings.table_name)

        found = load_test.measure(
            url,
            settings,
            questions,
            corpus=name,
            rates=rates,
            seconds=options.seconds,
            before_each=empty_table,
            progress=print,
        )
        aws.client("dynamodb").delete_table(TableName=settings.table_name)
    print(f"\nWritten to {found.write(options.result)}\n")
    _report(found)


def _report(found: load_test.Measurements) -> None:
    for stage in ("retrieve", "generate", "ground", "own", "put", "handler", "http"):
        times = [getattr(timing, stage) for timing in found.timings]
        print(f"{stage:9} alone: median {statistics.median(times):6.1f} ms")
    print("\n| target | a second | p50 ms | p95 ms | failed | busy |\n|---|---|---|---|---|---|")
    for point in found.load:
        cuts, failed = statistics.quantiles(point.answered_ms, n=20), point.latencies_ms.count(None)
        print(f"| {point.target} | {point.rate:g} | {cuts[9]:.0f} | {cuts[18]:.0f} | {failed} | {point.busy:.0%} |")
    for callers, times in found.endpoint_ms.items():
        print(f"\n{callers} callers of the model: median {statistics.median(times):.1f} ms", end="")
    print(f"\ninit of a fresh process: {found.init_ms} ms; log a question: {found.log_bytes:.0f} bytes")


if __name__ == "__main__":
    main()
