"""Stage times, sizes, init times, and latencies under load of the real local API, for costs and scaling study.

Needs what `medassist run` has left in ``--output``. Writes ``benchmarks/results/load.json``.
"""

import argparse
import statistics
from pathlib import Path

from medassist.production import load_test, scaling_study


def main() -> None:
    """Measure, write the result, print stage times, and each load beside what the simulation makes of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("build"), help="folder of the run (default: %(default)s)")
    parser.add_argument("--questions", type=int, default=120, help="how many (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each rate lasts (default: %(default)s)")
    parser.add_argument("--api-rates", type=float, nargs="+", default=load_test.RATES["api"], help="a second")
    parser.add_argument("--endpoint-rates", type=float, nargs="+", default=load_test.RATES["endpoint"], help="a second")
    parser.add_argument("--result", type=Path, default=load_test.RESULTS, help="default: %(default)s")
    options = parser.parse_args()
    rates = {"endpoint": options.endpoint_rates, "api": options.api_rates}
    found = load_test.measure_run(
        options.output.resolve(), questions=options.questions, rates=rates, seconds=options.seconds
    )
    print(f"\nWritten to {found.write(options.result)}\n")
    _report(found)


def _report(found: load_test.Measurements) -> None:
    for stage in ("retrieve", "generate", "ground", "own", "put", "handler", "http", "http_generate"):
        times = [getattr(timing, stage) for timing in found.timings]
        print(f"{stage:13} alone: median {statistics.median(times):6.1f} ms")
    for callers, times in found.endpoint_ms.items():
        print(f"{callers} callers of the model: median {statistics.median(times):.1f} ms")
    print(f"init of a fresh process: {found.init_ms} ms; log of a question: {found.log_bytes:.0f} bytes")
    print("\n| target | a second | p50 ms, predicted | p95 ms, predicted | busy, predicted |\n|---|---|---|---|---|")
    for point in found.load:
        seen = scaling_study.predict(point, found)
        pairs = zip(seen.measured, seen.predicted, strict=True)
        latencies = " | ".join(f"{here:.0f}, {there:.0f}" for here, there in pairs)
        print(f"| {seen.target} | {seen.rate:g} | {latencies} | {seen.measured_busy:.0%}, {seen.predicted_busy:.0%} |")


if __name__ == "__main__":
    main()
