"""Least privilege: what the code really calls, against what the stack's roles allow. Nothing missing, nothing spare.

The stack is made in the emulated cloud, with its roles. Then the code runs: the API answers with the model and reads
an answer again, a job trains on spot instances with checkpoints, a job encodes an index in shards, an endpoint comes
up. The cloud notes who called what.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from call_recorder import FUNCTION, SAGEMAKER

from medassist import cloud, indexing_job, jobs, model_packages, storage, training_job, vector_upload
from medassist.cloud import Cloud
from medassist.config import S3_VECTORS, Settings
from medassist.engines import export
from medassist.examples import Example, ExampleSet, write_examples
from medassist.machines import Machines
from medassist.production import serving, sign_in, stack, template
from medassist.schemas import Passage
from medassist.training_parameters import TrainingParameters

pytestmark = pytest.mark.integration

STACK = "permissions"
ACCOUNT = "123456789012"
ROLES = {FUNCTION: "FunctionRole", SAGEMAKER: "SageMakerRole"}

# The action that an operation asks for, where they are not called the same: "Required permissions for Amazon S3 API
# operations" in S3's user guide.
ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadBucket": "s3:ListBucket",
}

# What a query that wants metadata or searches text asks for besides: "QueryVectors" in the API reference of S3 Vectors.
ALSO = {"s3vectors:QueryVectors": ("s3vectors:GetVectors",)}

# Granted, but called by AWS itself where the emulated cloud does without.
UNSEEN = {
    "FunctionRole": {
        "logs:CreateLogStream": "Lambda's runtime writes the function's log; here it goes to the cloud's own log",
        "logs:PutLogEvents": "likewise",
        "xray:PutTelemetryRecords": "Lambda sends traces by its own daemon; here nothing is traced",
        "xray:PutTraceSegments": "likewise",
        "kms:Decrypt": "DynamoDB uses the key on the caller's behalf; here keys are not used",
    },
    "SageMakerRole": {
        "cloudwatch:PutMetricData": "SageMaker writes the metrics of jobs and endpoints; here they stay in its records",
        "ecr:GetAuthorizationToken": "SageMaker pulls the container; here the image is not used",
        "ecr:BatchCheckLayerAvailability": "likewise; test_containers_may_be_pulled looks at the images' names",
        "ecr:BatchGetImage": "likewise",
        "ecr:GetDownloadUrlForLayer": "likewise",
        "s3:DeleteObject": "SageMaker deletes checkpoints on S3 that training has deleted; here they are only added",
        "logs:DescribeLogStreams": "SageMaker's agent goes on in a stream that exists; here each is written once",
    },
}


@dataclass(frozen=True, order=True)
class Call:
    principal: str
    action: str
    resource: str  # ARN; "*" where the action knows none


@dataclass(frozen=True, order=True)
class Grant:
    role: str
    action: str
    resource: str  # ARN, perhaps with wildcards

    def covers(self, call: Call) -> bool:
        return self.action == call.action and fnmatchcase(call.resource, self.resource)


def arn_of(service: str, action: str, resource: str) -> str:
    if service == "s3":
        return f"arn:aws:s3:::{resource.split('/')[0] if action == 's3:ListBucket' else resource}"
    kinds = {
        "cloudwatch": "alarm:*",  # of which DescribeAlarms asks for all, whatever it is to describe
        "dynamodb": f"table/{resource}",
        "logs": f"log-group:{resource}:*",
        "s3vectors": resource,
        "secretsmanager": resource.split(":", 5)[-1],
        "sagemaker": f"endpoint/{resource}",
    }
    return f"arn:aws:{service}:eu-west-1:{ACCOUNT}:{kinds[service]}" if service in kinds else "*"


def calls(running: Cloud) -> Counter[Call]:
    """Return what was called so far, as IAM sees it."""
    noted = cloud._ask("GET", f"{running.urls['cloud']}/_medassist/calls", None, running._token, 10)["calls"]
    counted: Counter[Call] = Counter()
    for call in noted:
        service = {"monitoring": "cloudwatch"}.get(call["service"], call["service"])
        name = f"{service}:{call['operation']}"
        action = ACTIONS.get(name, name)
        for needed in (action, *ALSO.get(action, ())):
            resource = arn_of(service, needed, call["resource"].rstrip("/"))
            counted[Call(call["principal"], needed, resource)] += call["count"]
    return counted


def grants() -> set[Grant]:
    """Return what the roles of the stack allow, by the policies that the cloud has of them."""
    iam, ids, found = boto3.client("iam"), stack.resource_ids(STACK), set()
    for role in ROLES.values():
        for policy in iam.list_role_policies(RoleName=ids[role])["PolicyNames"]:
            document = iam.get_role_policy(RoleName=ids[role], PolicyName=policy)["PolicyDocument"]
            for statement in document["Statement"]:
                actions, resources = (
                    value if isinstance(value, list) else [value]
                    for value in (statement["Action"], statement["Resource"])
                )
                found |= {Grant(role, action, resource) for action in actions for resource in resources}
    return found


# --- what runs ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outputs(emulated_cloud: Cloud) -> stack.Outputs:
    """Make the stack of prod, whose roles have all that dev's have and the key besides, and S3 Vectors' with it."""
    values = {"Preset": "prod", "EndpointName": "permissions-t5", "IndexStore": "s3-vectors"}
    bucket, made = "", None
    for phase in ({}, {"CodeKey": f"code/{64 * '0'}.zip"}):
        proposal = stack.propose(STACK, template.translate(values | phase), values | phase, bucket=bucket)
        assert proposal is not None
        made = stack.apply(proposal)
        bucket = made.bucket_name
    assert made is not None
    return made


@pytest.fixture(scope="module")
def observed(
    emulated_cloud: Cloud,
    outputs: stack.Outputs,
    encoder_folder: Path,
    sample_index_folder: Path,
    t5_base: Path,
    t5_examples: dict[str, list[Example]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Counter[Call]:
    """Return how often what was called, and by whom, while everything ran once."""
    before, folder = calls(emulated_cloud), tmp_path_factory.mktemp("permissions")
    model = train(outputs, t5_base, t5_examples, folder)
    encode(outputs, encoder_folder, folder)
    serve(outputs, model, folder)
    answer(emulated_cloud, outputs, sample_index_folder, folder)
    return calls(emulated_cloud) - before


def train(outputs: stack.Outputs, base: Path, examples: dict[str, list[Example]], folder: Path) -> Path:
    """A training job on spot instances: it reads its channels and code, and writes checkpoints and a model."""
    passages = [Passage("p#0", "p", "Plants", "Plants are green.", "TEST", "")]
    sets = {side: ExampleSet(tuple(found), {}) for side, found in examples.items()}
    files = write_examples(folder / "examples", sets, passages)
    parameters = TrainingParameters(
        base_model=str(base), epochs=2, batch_size=4, learning_rate=0.02, evaluations=1, checkpoints=2, held_out=1
    )
    # A job of the same version that failed has left a checkpoint.
    left = f"checkpoints/sample/{training_job.model_version(files, parameters)}/checkpoint-1/state.json"
    storage.write_json(f"s3://{outputs.bucket_name}/{left}", {})
    trained = training_job.run_training_job(
        files,
        folder / "model",
        parameters,
        bucket=outputs.bucket_name,
        corpus="sample",
        role=outputs.sagemaker_role_arn,
        machines=Machines(spot=True),
        on_line=lambda line: None,
    )
    return trained.folder


def encode(outputs: stack.Outputs, encoder: Path, folder: Path) -> None:
    """A processing job: it reads passages, encoder and code, and writes the shards of an index."""
    passages = [Passage(f"p#{n}", f"p{n}", "Plants", f"Plant {n} is green.", "TEST", "") for n in range(6)]
    indexing_job.run_indexing_job(
        passages,
        encoder,
        folder / "shards",
        count=2,
        bucket=outputs.bucket_name,
        corpus="sample",
        role=outputs.sagemaker_role_arn,
        on_line=lambda line: None,
    )


def serve(outputs: stack.Outputs, model: Path, folder: Path) -> None:
    """An endpoint and its update: it fetches the model's package, and looks at the alarms that would roll it back."""
    package = model_packages.build_package(export.export_model(model), folder / "model.tar.gz")
    models = f"s3://{outputs.bucket_name}/models/sample"
    served = serving.container(model_packages.publish_package(package, models, version="1", description={}))
    shift = serving.TrafficShift(canary_s=1, bake_s=1, alarms=tuple(outputs.endpoint_alarm_names.split(",")))
    for instance_type in ("ml.m5.large", "ml.m5.xlarge"):
        hosting = serving.Hosting(instance_type=instance_type)
        serving.create(outputs.endpoint_name, served, hosting, role=outputs.sagemaker_role_arn, shift=shift)


def answer(running: Cloud, outputs: stack.Outputs, index: Path, folder: Path) -> None:
    """The API: it fetches its index, asks the endpoint, and every route does its work; then by S3 Vectors."""
    uri = f"s3://{outputs.bucket_name}/index/sample/1"
    storage.upload_folder(index, uri)
    storage.write_json(f"s3://{outputs.bucket_name}/index/sample/latest.json", {"version": "1", "uri": uri})
    settings = Settings(
        bucket=outputs.bucket_name,
        table_name=outputs.table_name,
        endpoint_name=outputs.endpoint_name,
        cursor_secret=outputs.cursor_secret,
        cache_dir=str(folder / "cache"),
    )
    with api_of(running, settings, outputs) as api:
        for key in ("first", "second", "first"):
            answered = ask(api, key)
        assert answered["model"], "the endpoint was not asked"
        one = f"/v1/questions/{answered['id']}"
        assert api.get(one).json() == answered
        assert api.get("/v1/questions", params={"limit": 1}).raise_for_status().json()["next_cursor"]
        api.post(f"{one}/feedback", json={"rating": "up"}).raise_for_status()
        api.delete(one).raise_for_status()
        assert api.delete("/v1/questions").json() == {"deleted": 1, "complete": True}
    vector_upload.publish(index, outputs.bucket_name)
    with api_of(running, replace(settings, index_store=S3_VECTORS), outputs) as api:
        assert ask(api, "third")["passages"], "nothing was found"


def api_of(running: Cloud, settings: Settings, outputs: stack.Outputs) -> httpx.Client:
    """Start the API and return a client that is signed in."""
    url = running.start_api(settings, stack_name=STACK)
    return httpx.Client(base_url=url, headers=sign_in.headers(outputs.user_pool_id), timeout=60)


def ask(api: httpx.Client, key: str) -> dict[str, Any]:
    body = {"question": "What are the symptoms of asthma?"}
    answered = api.post("/v1/questions", json=body, headers={"Idempotency-Key": key})
    return dict(answered.raise_for_status().json())


# --- the comparison -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("principal", ROLES)
def test_nothing_is_missing(principal: str, observed: Counter[Call]) -> None:
    allowed = [grant for grant in grants() if grant.role == ROLES[principal]]
    made = {call for call in observed if call.principal == principal}
    assert made, "nothing was seen"
    missing = {call for call in made if not any(grant.covers(call) for grant in allowed)}
    assert missing == set()


@pytest.mark.parametrize("principal", ROLES)
def test_nothing_is_spare(principal: str, observed: Counter[Call]) -> None:
    role = ROLES[principal]
    used = {
        grant: sum(count for call, count in observed.items() if call.principal == principal and grant.covers(call))
        for grant in sorted(grants())
        if grant.role == role
    }
    for grant, count in used.items():  # the comparison, for whoever runs this with -rP
        print(f"{grant.action}  {grant.resource}  {f'{count} calls' if count else UNSEEN[role].get(grant.action)}")
    unused = {grant for grant, count in used.items() if not count}
    assert {grant for grant in unused if grant.action not in UNSEEN[role]} == set()
    # AND what cannot be seen here is really granted: the table above holds nothing that is no longer true
    assert set(UNSEEN[role]) == {grant.action for grant in unused}


def test_containers_may_be_pulled(outputs: stack.Outputs) -> None:
    # The account is AWS's own and differs from region to region; the test goes by the images that the code names.
    for uri in (jobs.training_image("eu-west-1"), serving.serving_image("eu-west-1")):
        (account, region, repository) = re.fullmatch(
            r"(\d+)\.dkr\.ecr\.([\w-]+)\.amazonaws\.com/([^:]+):.*", uri
        ).groups()
        arn = f"arn:aws:ecr:{region}:{account}:repository/{repository}"
        for action in ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
            assert any(grant.covers(Call(SAGEMAKER, action, arn)) for grant in grants()), arn


def test_the_function_sees_nothing_but_the_index(observed: Counter[Call], outputs: stack.Outputs) -> None:
    keys = {call.resource for call in observed if call.principal == FUNCTION and call.action.startswith("s3:")}
    assert keys
    assert all(key.startswith(f"arn:aws:s3:::{outputs.bucket_name}/index/") for key in keys)


def test_notes_hold_no_question_and_are_for_the_owner_only(observed: Counter[Call], emulated_cloud: Cloud) -> None:
    url = f"{emulated_cloud.urls['cloud']}/_medassist/calls"
    assert httpx.get(url).status_code == 403
    assert "asthma" not in json.dumps(cloud._ask("GET", url, None, emulated_cloud._token, 10))
