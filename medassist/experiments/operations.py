"""What the experiments' commands of the command line do; the parser is in :mod:`medassist.cli`."""

import argparse
from pathlib import Path

from medassist import cloud, config
from medassist.commands import below, training_parameters
from medassist.experiments import studies


def tune(options: argparse.Namespace) -> None:
    """Search for hyper-parameters: a small study whose budget is stated, here or by SageMaker tuning jobs."""
    budget = studies.Budget(options.trials, options.steps, options.repeats)
    study = _tune_by_jobs(options, budget) if options.jobs else _tune_here(options, budget)
    print(studies.to_markdown(study))


def _tune_here(options: argparse.Namespace, budget: studies.Budget) -> studies.Study:
    from medassist.experiments.tuning import tune_here

    return tune_here(options.examples, options.out, training_parameters(options), budget=budget, say=_say)


def _tune_by_jobs(options: argparse.Namespace, budget: studies.Budget) -> studies.Study:
    from medassist.experiments.tuning_job import tune_by_jobs
    from medassist.machines import Machines
    from medassist.production import deployment

    output = below(config.project_root(), options.output)
    with cloud.connect(options.target, output / "cloud"):
        found = deployment.resources(options.stack_name)
        return tune_by_jobs(
            options.examples,
            options.out,
            training_parameters(options),
            budget=budget,
            bucket=options.bucket or found.bucket_name,
            corpus=options.corpus_name or Path(options.examples).parent.name,
            role=found.sagemaker_role_arn,
            machines=Machines(options.instance_type),
            at_once=options.at_once,
            say=_say,
        )


def _say(line: str) -> None:
    print(line, flush=True)
