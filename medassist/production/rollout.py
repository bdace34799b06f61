"""Rolling a model out: tried aside first, then approved, then given the requests little by little; and back again.

``register`` (:mod:`medassist.production.model_registry`) → :func:`smoke_test` → ``approve`` → :func:`deploy`, and
:func:`roll_back` to the version before. The gate is a real one: the new package runs on an endpoint of its own, on the
same instance type or serverless memory, and the endpoint that people use is not touched until it has passed.

Cost: the endpoint aside lives for some minutes (about ten on instances, of which one is paid; a serverless one costs
its requests only), and a guarded update pays for both fleets while it waits.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from medassist.errors import EndpointError, ModelPackageError
from medassist.production import acceptance, model_registry, serving
from medassist.production.model_registry import ModelVersion
from medassist.production.serving import EndpointState, Hosting, Progress, TrafficShift

ASIDE = "-smoke"  # what the temporary endpoint's name ends with


def aside(endpoint_name: str) -> str:
    """Return the name of the temporary endpoint of an endpoint's smoke tests."""
    return endpoint_name[: 63 - len(ASIDE)] + ASIDE


def smoke_test(
    version: ModelVersion,
    endpoint_name: str,
    hosting: Hosting,
    *,
    role: str,
    limit_s: float = serving.START_LIMIT_S,
    latency_limit_s: float = acceptance.LATENCY_LIMIT_S,
    progress: Progress | None = None,
    on_check: Callable[[acceptance.Check], None] | None = None,
) -> ModelVersion:
    """Bring a version up aside, send it the requests of :mod:`medassist.production.acceptance`, and record how it went.

    The temporary endpoint, ``<endpoint_name>-smoke``, is removed whatever happens; one that a killed process left is
    taken over by the next test. A version that passed on the same size before is not tried again. A pending one that
    fails is rejected in the registry; one that cannot be brought up is not, as quotas and networks fail too.

    Parameters
    ----------
    version : ModelVersion
    endpoint_name : str
        The endpoint that the version is meant for.
    hosting : Hosting
        What that endpoint runs on; the smallest of the same size is used.
    role : str
        As for :func:`medassist.production.serving.create`.
    limit_s, latency_limit_s : float
        Seconds that coming up, and each request, may take.
    progress, on_check : callable, optional
        Called with the endpoint's status and the seconds so far, and with each check once all are done.

    Returns
    -------
    ModelVersion
        The version with the result.

    Raises
    ------
    EndpointError
        If it cannot be brought up, or a check fails.
    """
    version = model_registry.read(version.arn)
    if version.passed_on(hosting.size):
        return version
    name = aside(endpoint_name)
    # By its package, not by its registry entry: a version is tried before it is approved.
    served = serving.container(version.uri, image=version.image)
    try:
        serving.create(name, served, hosting.alone(), role=role, limit_s=limit_s, progress=progress)
        checks = acceptance.run(name, latency_limit_s=latency_limit_s)
    finally:
        serving.delete(name)
    for check in checks:
        if on_check:
            on_check(check)
    failure, when = acceptance.failure(checks), datetime.now(UTC).isoformat(timespec="seconds")
    version = model_registry.record_smoke_test(version, size=hosting.size, when=when, failure=failure)
    if failure:
        if not version.approved:
            model_registry.reject(version, f"The smoke test failed: {failure}"[:1024])
        raise EndpointError(
            f"Version {version.number} of {version.group} failed its smoke test on {hosting.size} ({failure}); what "
            f"{endpoint_name} serves was not touched."
        )
    return version


def deploy(
    endpoint_name: str,
    version: ModelVersion,
    hosting: Hosting,
    *,
    role: str,
    shift: TrafficShift | None = None,
    limit_s: float = serving.START_LIMIT_S,
    progress: Progress | None = None,
) -> EndpointState:
    """Serve an approved version: it is tried aside, then the endpoint is created or updated, then asked once more.

    Parameters
    ----------
    endpoint_name, version, hosting, role, limit_s, progress
        As for :func:`smoke_test`, which is run if the version has not passed on this size.
    shift : TrafficShift, optional
        How an update of a real-time endpoint moves the requests, and the alarms that take it back.

    Raises
    ------
    ModelPackageError
        If the version is not approved.
    EndpointError
        If it fails its smoke test or the update was rolled back; in both cases the model before serves on.
    """
    version = model_registry.read(version.arn)
    if not version.approved:
        raise ModelPackageError(
            f"Version {version.number} of {version.group} is {version.status} and cannot be deployed; approve it first "
            "(model_registry.approve, or approve = True in notebook 04)."
        )
    smoke_test(version, endpoint_name, hosting, role=role, limit_s=limit_s, progress=progress)

    def check() -> None:
        if failure := acceptance.failure(acceptance.run(endpoint_name)):
            raise EndpointError(f"in service, it failed its smoke test ({failure})")

    return serving.create(
        endpoint_name,
        {"ModelPackageName": version.arn},
        hosting,
        role=role,
        shift=shift,
        check=check,
        limit_s=limit_s,
        progress=progress,
    )


def served_version(endpoint_name: str) -> ModelVersion | None:
    """Return the registry's version that an endpoint serves; None if what it serves is not from the registry.

    Raises
    ------
    EndpointError
        If there is no such endpoint.
    """
    arn = serving.served_container(endpoint_name).get("ModelPackageName")
    return model_registry.read(arn) if arn else None


def roll_back(
    endpoint_name: str,
    hosting: Hosting,
    reason: str,
    *,
    role: str,
    shift: TrafficShift | None = None,
    limit_s: float = serving.START_LIMIT_S,
    progress: Progress | None = None,
) -> ModelVersion:
    """Serve the approved version before the one that is served now, which is rejected so that nobody deploys it again.

    Parameters
    ----------
    endpoint_name, hosting, role, shift, limit_s, progress
        As for :func:`deploy`.
    reason : str
        Why; it goes into the registry.

    Returns
    -------
    ModelVersion
        What is served then.

    Raises
    ------
    ModelPackageError
        If what is served is not from the registry, or there is no approved version before it.
    EndpointError
        As for :func:`deploy`.
    """
    served = served_version(endpoint_name)
    previous = model_registry.latest_approved(served.group, before=served.number) if served else None
    if served is None or previous is None:
        raise ModelPackageError(
            f"There is no approved version before the one that {endpoint_name} serves; register and approve one first."
        )
    deploy(endpoint_name, previous, hosting, role=role, shift=shift, limit_s=limit_s, progress=progress)
    model_registry.reject(served, f"Rolled back: {reason}"[:1024])
    return previous


def start(endpoint_name: str, package_uri: str, hosting: Hosting, *, group: str, role: str) -> EndpointState:
    """Bring an endpoint up again with a package that was served before: from the registry where it is approved there.

    A registry that knows nothing of the package (as that of an emulated cloud after a restart) is passed by.
    """
    known = next((version for version in model_registry.versions(group) if version.uri == package_uri), None)
    if known and known.approved:
        return deploy(endpoint_name, known, hosting, role=role)
    return serving.create(endpoint_name, serving.container(package_uri), hosting, role=role)
