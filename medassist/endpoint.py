"""SageMaker endpoints: the model package they serve, creating and deleting them, asking them.

The client (:class:`EndpointClient`) needs boto3 only and is what Lambda loads. Its wire format is JSON:
``{"question", "passages": [{"title", "text"}], "options"?, "max_new_tokens"}`` in, ``{"text", "model", "choice",
"probabilities", "input_tokens", "output_tokens"}`` out; a response stream is JSON lines, ``{"token"}`` … and
``{"done": true, "model"}``; a refused request is ``{"error"}`` with status 400.
"""

import gzip
import hashlib
import json
import tarfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from medassist import aws, storage
from medassist.errors import EndpointError, InvalidRequestError, ModelPackageError
from medassist.prompts import TitledText
from medassist.schemas import Generation

SERVING_CODE = Path(__file__).resolve().parents[1] / "deploy" / "sagemaker"
INFERENCE_SCRIPT = "code/inference.py"
PACKAGED_MODULES = ("__init__", "errors", "schemas", "prompts", "generation")  # what inference.py imports, and theirs

DEFAULT_INSTANCE = "ml.m5.xlarge"  # 4 vCPU, 16 GB: a small T5 answers in tenths of a second; g5 for larger ones
START_LIMIT_S = 1_800.0  # large models take some minutes to be fetched and loaded
VARIANT = "primary"


# ---- Packages ---------------------------------------------------------------------------------------------------


def build_package(model_folder: str | Path, out: str | Path, *, code: Path = SERVING_CODE) -> Path:
    """Pack a model folder and the code that serves it into a ``model.tar.gz``.

    The archive depends on the contents alone (sorted names, no times, owners or modes), so that equal models give
    equal packages.

    Parameters
    ----------
    model_folder : str or Path
        As training wrote it.
    out : str or Path
        The archive to write.
    code : Path
        Holds ``inference.py`` and ``requirements.txt``.

    Raises
    ------
    ModelPackageError
        If a file is missing or ``out`` cannot be written.
    """
    model_folder, out = Path(model_folder), Path(out)
    if not (model_folder / "config.json").is_file():
        raise ModelPackageError(f"{model_folder} is not a model folder, it holds no config.json; train a model first.")
    files = {path.name: path for path in model_folder.iterdir() if path.is_file() and not path.name.startswith(".")}
    files |= {f"code/{name}": code / name for name in ("inference.py", "requirements.txt")}
    package = Path(__file__).resolve().parent
    files |= {f"code/medassist/{module}.py": package / f"{module}.py" for module in PACKAGED_MODULES}
    if missing := sorted(str(path) for path in files.values() if not path.is_file()):
        raise ModelPackageError(f"The package cannot be built without {', '.join(missing)}; restore it.")
    unfinished = out.with_name(f"{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _write_archive(unfinished, files)
        unfinished.replace(out)
    except OSError as error:
        raise ModelPackageError(
            f"{out} cannot be written ({error.strerror}); free some space and try again."
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink()
    return out


def _write_archive(path: Path, files: Mapping[str, Path]) -> None:
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = files[name].stat().st_size, 0o644
            with files[name].open("rb") as file:
                archive.addfile(entry, file)


def check_package(path: str | Path) -> None:
    """Check that a package can be served: it is a whole archive with ``code/inference.py`` and a model.

    Raises
    ------
    ModelPackageError
        If it is missing, broken or lacks a file.
    """
    try:
        with tarfile.open(path, "r:gz") as archive:
            names = {name.removeprefix("./") for name in archive.getnames()}
    except FileNotFoundError as error:
        raise ModelPackageError(f"There is no model package {path}; build it first.") from error
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ModelPackageError(f"{path} is not a whole .tar.gz archive ({error}); build it again.") from error
    if missing := sorted({INFERENCE_SCRIPT, "config.json", "tokenizer.json"} - names):
        raise ModelPackageError(f"The model package {path} has no {', '.join(missing)}; build it with build_package.")


def unpack_package(path: Path, folder: Path) -> Path:
    """Unpack an archive with a model into ``folder``; entries that would leave the folder are refused.

    Raises
    ------
    ModelPackageError
        If it is not a whole archive.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(path, "r:gz") as archive:
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ModelPackageError(f"{path} cannot be unpacked ({error}); build it again.") from error
    return folder


def publish_package(path: Path, uri: str, *, version: str, description: Mapping[str, Any]) -> str:
    """Check a package and upload it to ``uri/version/model.tar.gz``, then point ``uri/latest.json`` at it.

    Parameters
    ----------
    path : Path
        The package.
    uri : str
        ``s3://<bucket>/models/<corpus>``.
    version : str
        The model's version.
    description : mapping
        What else ``latest.json`` says: fingerprint, metrics, base model.

    Returns
    -------
    str
        The package's address.
    """
    check_package(path)
    package_uri = f"{uri}/{version}/model.tar.gz"
    storage.upload_file(path, package_uri)
    storage.write_json(f"{uri}/latest.json", {"version": version, "uri": package_uri, **description})
    return package_uri


# ---- Endpoints --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EndpointState:
    """What SageMaker says of an endpoint. ``reused`` is set where :func:`create` found it as it should be."""

    name: str
    status: str
    config: str
    failure: str = ""
    reused: bool = False


def serving_image(region: str) -> str:
    """Return Hugging Face's CPU inference container of AWS for a region (other accounts serve a few regions).

    Tags: https://github.com/aws/deep-learning-containers/blob/master/available_images.md
    """
    tag = "2.6.0-transformers5.5.3-cpu-py312-ubuntu22.04"
    return f"763104351884.dkr.ecr.{region}.amazonaws.com/huggingface-pytorch-inference:{tag}"


def create(
    endpoint_name: str,
    model_uri: str,
    *,
    role: str,
    image: str = "",
    instance_type: str = DEFAULT_INSTANCE,
    instances: int = 1,
    environment: Mapping[str, str] | None = None,
    limit_s: float = START_LIMIT_S,
    progress: Callable[[str, float], None] | None = None,
) -> EndpointState:
    """Bring up an endpoint that serves a model package, and wait until it is in service.

    An endpoint of that name is updated, which keeps it serving meanwhile; one that failed is replaced; one that has
    this very configuration is left as it is.

    Parameters
    ----------
    endpoint_name, model_uri : str
        Name, and the package's address on S3.
    role : str
        ARN of the role that the container runs under; it must be allowed to read the package.
    image : str
        Container; :func:`serving_image` if empty.
    instance_type, instances
        What it runs on.
    environment : mapping, optional
        More environment variables of the container.
    limit_s : float
        Seconds to wait at most.
    progress : callable, optional
        Called with the endpoint's status and the seconds so far.

    Raises
    ------
    EndpointError
        If SageMaker refuses, the endpoint fails (with SageMaker's reason), or it is not in service in time.
    """
    sagemaker = aws.client("sagemaker")
    container = {
        "Image": image or serving_image(sagemaker.meta.region_name),
        "ModelDataUrl": model_uri,
        "Environment": {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            "OMP_WAIT_POLICY": "PASSIVE",  # threads that spin while they wait take the processor from other requests
            **(environment or {}),
        },
    }
    variant = {"VariantName": VARIANT, "InstanceType": instance_type, "InitialInstanceCount": instances}
    config = f"{endpoint_name[:50]}-{_short_hash(container, variant, role)}"
    with _control_errors(endpoint_name):
        before = _describe(sagemaker, endpoint_name)
        if before and before.status == "InService" and before.config == config:
            return replace(before, reused=True)
        _prepare(sagemaker, config, container, {**variant, "ModelName": config}, role)
        before = _await_settled(sagemaker, before, limit_s, progress)
        if before and before.status != "InService":
            _remove(sagemaker, before, limit_s)
            before = None
        bring_up = sagemaker.update_endpoint if before else sagemaker.create_endpoint
        bring_up(EndpointName=endpoint_name, EndpointConfigName=config)
        state = _await_settled(sagemaker, _describe(sagemaker, endpoint_name), limit_s, progress)
        if state is None or state.status != "InService" or (before and state.failure):
            failure = state.failure if state else "it was deleted meanwhile"
            raise EndpointError(f"The endpoint {endpoint_name} could not be brought up: {failure or 'no reason given'}")
        if before and before.config != config:
            _delete_config(sagemaker, before.config)
    return state


def describe(endpoint_name: str) -> EndpointState:
    """Return an endpoint's state.

    Raises
    ------
    EndpointError
        If there is none.
    """
    with _control_errors(endpoint_name):
        state = _describe(aws.client("sagemaker"), endpoint_name)
    if state is None:
        raise EndpointError(f"There is no endpoint {endpoint_name}; create it with notebook 04_deploy_endpoint.")
    return state


def delete(endpoint_name: str, *, limit_s: float = START_LIMIT_S) -> bool:
    """Delete an endpoint with its configuration and model, and wait until it is gone; False if there was none."""
    sagemaker = aws.client("sagemaker")
    with _control_errors(endpoint_name):
        state = _await_settled(sagemaker, _describe(sagemaker, endpoint_name), limit_s, None)
        if state is None:
            return False
        _remove(sagemaker, state, limit_s)
        _delete_config(sagemaker, state.config)
    return True


def _describe(sagemaker: Any, name: str) -> EndpointState | None:
    from botocore.exceptions import ClientError

    try:
        found = sagemaker.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if _is_missing(error):
            return None
        raise
    return EndpointState(name, found["EndpointStatus"], found["EndpointConfigName"], found.get("FailureReason", ""))


def _prepare(sagemaker: Any, name: str, container: Any, variant: Any, role: str) -> None:
    """Create the model and the endpoint configuration unless they are there: their name stands for their content."""
    from botocore.exceptions import ClientError

    calls: tuple[tuple[Callable[..., Any], dict[str, Any]], ...] = (
        (sagemaker.create_model, {"ModelName": name, "PrimaryContainer": container, "ExecutionRoleArn": role}),
        (sagemaker.create_endpoint_config, {"EndpointConfigName": name, "ProductionVariants": [variant]}),
    )
    for call, arguments in calls:
        try:
            call(**arguments)
        except ClientError as error:
            message = error.response["Error"].get("Message", "")
            if "already exist" not in message and "Cannot create already existing" not in message:
                raise


def _await_settled(
    sagemaker: Any, state: EndpointState | None, limit_s: float, progress: Callable[[str, float], None] | None
) -> EndpointState | None:
    """Wait while the endpoint is on its way to another status."""
    started, pause, waited = time.monotonic(), 0.5, False
    while state is not None and state.status.endswith("ing"):  # Creating, Updating, SystemUpdating, RollingBack, …
        seconds = time.monotonic() - started
        if progress:
            progress(state.status, seconds)
        if seconds > limit_s:
            raise EndpointError(
                f"The endpoint {state.name} is still {state.status} after {limit_s:.0f} s; see its log in "
                f"/aws/sagemaker/Endpoints/{state.name}, or wait longer."
            )
        time.sleep(pause)
        pause, waited = min(1.5 * pause, 15.0), True
        state = _describe(sagemaker, state.name)
    if progress and waited and state is not None:
        progress(state.status, time.monotonic() - started)
    return state


def _remove(sagemaker: Any, state: EndpointState, limit_s: float) -> None:
    sagemaker.delete_endpoint(EndpointName=state.name)
    _await_settled(sagemaker, _describe(sagemaker, state.name), limit_s, None)


def _delete_config(sagemaker: Any, name: str) -> None:
    from botocore.exceptions import ClientError

    for call, key in ((sagemaker.delete_endpoint_config, "EndpointConfigName"), (sagemaker.delete_model, "ModelName")):
        try:
            call(**{key: name})
        except ClientError as error:
            if not _is_missing(error):
                raise


def _is_missing(error: Any) -> bool:
    message = str(error.response["Error"].get("Message", "")).lower()
    return "could not find" in message or "not found" in message or "does not exist" in message


def _short_hash(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


@contextmanager
def _control_errors(name: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        said = error.response["Error"]
        raise EndpointError(
            f"SageMaker refused a call for the endpoint {name} ({said.get('Code')}: {said.get('Message')}); "
            "check its name, role and instance type."
        ) from error
    except BotoCoreError as error:
        raise EndpointError(f"SageMaker cannot be reached ({error}); check network, region and credentials.") from error


# ---- Asking -----------------------------------------------------------------------------------------------------


class EndpointClient:
    """Asks a model endpoint. One object serves many requests, also from several threads.

    Parameters
    ----------
    endpoint_name : str
    timeout_s : float
        Longest silence of the endpoint, in seconds. There is no second attempt: who waits would wait twice as long.
    """

    def __init__(self, endpoint_name: str, timeout_s: float = 10.0) -> None:
        self.endpoint_name = endpoint_name
        self.timeout_s = timeout_s
        with self._errors():
            self._runtime = aws.client("sagemaker-runtime", timeout_s=timeout_s, attempts=1)

    def generate(
        self,
        question: str,
        passages: Sequence[TitledText],
        options: Mapping[str, str] | None = None,
        max_new_tokens: int = 64,
    ) -> Generation:
        """Return the model's answer; with options, its choice and their probabilities.

        Raises
        ------
        InvalidRequestError
            If the model refuses the request; the sentence is the model's.
        EndpointError
            If the endpoint is missing, down, too slow, or answers something unreadable.
        """
        with self._errors():
            response = self._runtime.invoke_endpoint(
                EndpointName=self.endpoint_name,
                ContentType="application/json",
                Accept="application/json",
                Body=_to_body(question, passages, options, max_new_tokens),
            )
            body = response["Body"].read()
        try:
            return _to_generation(json.loads(body), options)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._unreadable() from error

    def stream(self, question: str, passages: Sequence[TitledText], max_new_tokens: int = 64) -> Iterator[str]:
        """Return an iterator over the pieces of the model's answer, as they are written.

        Raises
        ------
        InvalidRequestError, EndpointError
            As :meth:`generate`; at the call, or, if the stream breaks off, while iterating.
        """
        with self._errors():
            response = self._runtime.invoke_endpoint_with_response_stream(
                EndpointName=self.endpoint_name,
                ContentType="application/json",
                Accept="application/json",
                Body=_to_body(question, passages, None, max_new_tokens),
            )
        return self._pieces(response["Body"])

    def _pieces(self, events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
        with self._errors():
            for line in _lines(events):
                try:
                    record = json.loads(line)
                    if "error" in record:
                        raise InvalidRequestError(str(record["error"]))
                    if record.get("done"):
                        return
                    # A container that cannot stream sends the whole answer at once.
                    piece = record["text"] if "text" in record else record["token"]
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise self._unreadable() from error
                yield str(piece)
                if "text" in record:
                    return
        raise EndpointError(f"The endpoint {self.endpoint_name} broke off in the middle of its answer; ask again.")

    def _unreadable(self) -> EndpointError:
        return EndpointError(
            f"The endpoint {self.endpoint_name} answered something that is not medassist's format; deploy a package "
            "built with medassist."
        )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn what botocore raises into one sentence. The request's text never goes into it."""
        from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError
        from botocore.exceptions import ReadTimeoutError as BodyTimeoutError
        from urllib3.exceptions import ReadTimeoutError

        name = self.endpoint_name
        try:
            yield
        except ClientError as error:
            raise self._refused(error) from error
        except (BodyTimeoutError, ReadTimeoutError) as error:
            raise EndpointError(
                f"The endpoint {name} did not answer within {self.timeout_s:g} s; try again, or allow it more time."
            ) from error
        except (HTTPClientError, ConnectionError) as error:
            raise EndpointError(
                f"The endpoint {name} cannot be reached ({type(error).__name__}); check network and region."
            ) from error
        except BotoCoreError as error:
            raise EndpointError(f"The endpoint {name} cannot be asked ({error}); check your AWS settings.") from error

    def _refused(self, error: Any) -> EndpointError | InvalidRequestError:
        said = error.response.get("Error", {})
        code, status = said.get("Code", ""), int(error.response.get("OriginalStatusCode") or 0)
        if code == "ModelError":
            if 400 <= status < 500 and (sentence := _own_sentence(error.response.get("OriginalMessage", ""))):
                return InvalidRequestError(sentence)
            return EndpointError(
                f"The model behind the endpoint {self.endpoint_name} failed (status {status}); see its log in "
                f"/aws/sagemaker/Endpoints/{self.endpoint_name}."
            )
        if _is_missing(error):
            return EndpointError(
                f"There is no endpoint {self.endpoint_name} in service; create it with notebook 04_deploy_endpoint."
            )
        return EndpointError(f"The endpoint {self.endpoint_name} cannot answer now ({code}); try again in a minute.")


def _to_body(
    question: str, passages: Sequence[TitledText], options: Mapping[str, str] | None, max_new_tokens: int
) -> bytes:
    request: dict[str, Any] = {
        "question": question,
        "passages": [{"title": passage.title, "text": passage.text} for passage in passages],
        "max_new_tokens": max_new_tokens,
    }
    if options:
        request["options"] = dict(options)
    return json.dumps(request).encode()


def _to_generation(record: Any, options: Mapping[str, str] | None) -> Generation:
    """Raises KeyError, TypeError or ValueError if the record is not an answer."""
    if not isinstance(record["text"], str) or not isinstance(record["model"], str):
        raise TypeError("text and model must be strings")
    generation = Generation(
        text=record["text"],
        model=record["model"],
        choice=str(record.get("choice", "")),
        probabilities={str(key): float(value) for key, value in record.get("probabilities", {}).items()},
        input_tokens=int(record.get("input_tokens", 0)),
        output_tokens=int(record.get("output_tokens", 0)),
    )
    if options and (generation.choice not in options or set(generation.probabilities) != set(options)):
        raise ValueError("the choice is none of the options")
    return generation


def _own_sentence(message: str) -> str:
    """The sentence of our own error body; empty if the message is something else."""
    try:
        sentence = json.loads(message)["error"]
    except (ValueError, KeyError, TypeError):
        return ""
    return sentence if isinstance(sentence, str) else ""


def _lines(events: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The lines of a response stream; its parts may end anywhere."""
    rest = b""
    for event in events:
        *lines, rest = (rest + event.get("PayloadPart", {}).get("Bytes", b"")).split(b"\n")
        yield from filter(None, lines)
    if rest.strip():
        yield rest
