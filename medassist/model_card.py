"""The model card: what a model is, what it learnt from, how well it does beside what costs nothing, and its limits."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from medassist import baselines, prompts
from medassist.base_models import COMPACT_NAME
from medassist.generation import ModelSettings
from medassist.held_out import DECISIVE, MODEL, TaskResult
from medassist.training_parameters import FRESH, TrainingParameters

_TASKS = {
    prompts.ANSWER: "answers a question in two or three sentences",
    prompts.CHOOSE: "chooses one of the given options, by their likelihood",
    prompts.JUDGE: "judges a question yes, no or maybe, by their likelihood",
}
# Also what docs/safety.md says at length.
INTENDED_USE = (
    "**Intended use:** general health information for adults who ask in English, in research and teaching. **Not** "
    "for diagnosis, doses, decisions about a treatment, triage or emergencies, and not a medical device: nothing was "
    "tested on patients. What stands around the model, a screen for emergencies and a pointer to a professional, and "
    "what was measured of it, is in medassist's docs/safety.md."
)
_MEASURES = {"rouge_l": "ROUGE-L", "token_f1": "token F1", "accuracy": "accuracy", "macro_f1": "macro-F1"}


def write_card(
    settings: ModelSettings,
    parameters: TrainingParameters,
    metrics: Mapping[str, Any],
    results: Mapping[str, TaskResult],
) -> str:
    """Return the card in Markdown.

    Parameters
    ----------
    metrics : mapping
        ``metrics.json``.
    results : mapping
        From :func:`medassist.held_out.compare`.
    """
    shown = asdict(parameters) | {"base_model": settings.base_model}  # its name, wherever its folder lay
    return (
        "\n\n".join(
            [
                f"# {settings.name}",
                _origin(settings, parameters, metrics),
                "## Use",
                _use(settings),
                "## Data",
                _data(parameters, metrics),
                "## Held-out scores",
                _scores(metrics, results),
                "## Where the product does not use it",
                _fallbacks(settings, results),
                "## Parameters",
                "\n".join(f"- {key}: {value}" for key, value in shown.items()),
            ]
        )
        + "\n"
    )


def _origin(settings: ModelSettings, parameters: TrainingParameters, metrics: Mapping[str, Any]) -> str:
    size = f"{metrics['parameters']:,} parameters, {metrics['vocabulary']:,} word pieces"
    if parameters.base_model == FRESH:
        return (
            f"A T5 of our own shape ({size}) that started from random weights. It has read nothing but the training "
            "examples below."
        )
    return f"`{settings.base_model}` ({size}), fine-tuned on the examples below."


def _use(settings: ModelSettings) -> str:
    weakness = "Its sentences may be wrong or made up."
    if settings.base_model.startswith(COMPACT_NAME):
        weakness = (
            "It is far too small to know medicine: what it does not find in its passages it gets wrong or makes up. "
            "It exists so that every step from training to serving runs without a model hub."
        )
    reading = {
        prompts.FUSION: "each passage by itself, all of them together when it writes (Fusion-in-Decoder)",
        prompts.CONCATENATION: "all of them joined into one text",
    }[settings.reading]
    tasks = "\n".join(f"- `{task}`: it {what}." for task, what in _TASKS.items())
    return (
        f"From passages that were retrieved for a consumer-health question, it does one of three tasks:\n\n{tasks}\n\n"
        f"It reads up to {settings.max_passages} passages, {reading}, {settings.max_input_tokens} tokens a text. It "
        f"runs inside medassist, which shows nothing of it that the passages do not support. {INTENDED_USE} {weakness}"
    )


def _data(parameters: TrainingParameters, metrics: Mapping[str, Any]) -> str:
    sides = metrics["examples"]
    rows = [
        f"| {task} | " + " | ".join(f"{counts.get(task, 0):,}" for counts in sides.values()) + " |"
        for task in prompts.TASKS
    ]
    head = f"| task | {' | '.join(sides)} |\n| --- |{' ---: |' * len(sides)}"
    return (
        "Questions with the passages that medassist's own index finds for them. The target of an answer is the "
        "sentences of the reference answer that the passages say, of a choice the correct option's text, of a "
        "judgement one of yes, no and maybe. Held-out questions are about other topics than training questions; the "
        "data card beside the examples has sources, licences and rules.\n\n"
        + "\n".join([head, *rows])
        + f"\n\nTasks were mixed with temperature {parameters.mixing_temperature:g}; the best checkpoint was chosen by "
        f"`{parameters.best_metric}` on the validation side, after {metrics['best_step']} of {metrics['steps']} steps."
    )


def _scores(metrics: Mapping[str, Any], results: Mapping[str, TaskResult]) -> str:
    lines = [
        f"On up to {max((r.examples for r in results.values()), default=0)} examples a task of the "
        f"{metrics['held_out_side']} side, with 95 % bootstrap intervals. The baselines read the same passages and "
        f"cost nothing. The mean loss of a target's token on the validation side is {metrics['validation_loss']:.3f}.",
    ]
    for task, result in results.items():
        measures = list(result.scores[MODEL])
        lines.append(f"### {task} ({result.examples} examples)")
        table = [f"| | {' | '.join(_MEASURES[m] for m in measures)} |", f"| --- |{' ---: |' * len(measures)}"]
        for system, scores in result.scores.items():
            name = f"**{system}**" if system == MODEL else system
            table.append(f"| {name} | {' | '.join(str(scores.get(m, '')) for m in measures)} |")
        lines.append("\n".join(table))
    return "\n\n".join(lines)


def _fallbacks(settings: ModelSettings, results: Mapping[str, TaskResult]) -> str:
    lines = [
        "A model that does not beat the trivial baselines should not be preferred to them. The rule: in a task, the "
        "95 % interval of the paired difference (bootstrap over the same held-out examples) must lie above 0 against "
        f"every baseline, over at least {baselines.MIN_ITEMS} examples. In the other tasks, which `baseline_tasks` in "
        "`medassist.json` names, the product gives the baseline and says so."
    ]
    for task in prompts.TASKS:
        verdict = "baseline" if task in settings.baseline_tasks else "model"
        if result := results.get(task):
            measure = _MEASURES[DECISIVE[task]]
            lines.append(
                f"- {task}: the **{verdict}**. Model less “{result.best_baseline}”, in {measure}: {result.difference}."
            )
        else:
            lines.append(f"- {task}: the **{verdict}**; no held-out example.")
    return lines[0] + "\n\n" + "\n".join(lines[1:])
