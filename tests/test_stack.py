"""The stack: changed by change set, followed by its events, removed; and each way in which AWS refuses."""

import json
import threading
import uuid

import boto3
import pytest
from wire import DROP, Wire, refusal

from medassist import aws, cloud
from medassist.errors import CloudError, DeploymentError
from medassist.production import stack, stack_events
from medassist.production.template import INLINE_LIMIT, to_json


def template(name: str, **resources: dict) -> dict:
    """Return a small template whose bucket and log group are called ``name``."""
    made = {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}},
        "Logs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": f"/{name}", "RetentionInDays": {"Ref": "Days"}},
        },
        "Extra": {"Type": "AWS::SNS::Topic", "Condition": "HasExtra", "Properties": {"TopicName": name}},
    }
    return {
        "Parameters": {"Days": {"Type": "Number", "Default": 7}, "More": {"Type": "String", "Default": ""}},
        "Conditions": {"HasExtra": {"Fn::Not": [{"Fn::Equals": [{"Ref": "More"}, ""]}]}},
        "Resources": made | resources,
        "Outputs": {
            "Preset": {"Value": "dev"},
            "BucketName": {"Value": {"Ref": "Bucket"}},
            "SageMakerRoleArn": {"Value": "arn:aws:iam::123456789012:role/test"},
            "ModelPackageGroupName": {"Value": {"Ref": "AWS::StackName"}},
            "EndpointName": {"Value": {"Fn::Sub": "${AWS::StackName}-endpoint"}},
            "AlarmTopicArn": {"Condition": "HasExtra", "Value": {"Ref": "Extra"}},
        },
    }


@pytest.fixture
def name() -> str:
    return f"test-{uuid.uuid4().hex[:8]}"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_events, "POLL_S", 0.05)


@pytest.fixture
def wire(emulated_cloud: cloud.Cloud, monkeypatch: pytest.MonkeyPatch):
    server = Wire(emulated_cloud.urls["cloud"])
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", server.url)
    yield server
    server.close()


def create(name: str) -> stack.Outputs:
    return stack.apply(stack.propose(name, template(name), {}))


# --- the good way -------------------------------------------------------------------------------------------------


def test_a_stack_is_created_changed_and_deleted(emulated_cloud, name):
    # GIVEN a template WHEN it is proposed THEN the change set names what would be made, and nothing is made yet
    proposal = stack.propose(name, template(name), {})
    assert [(c.action, c.resource) for c in proposal.changes] == [("Add", "Bucket"), ("Add", "Logs")]
    assert stack.read_outputs(name) is None
    # WHEN it is applied THEN events come in order, and outputs are read
    events: list[stack_events.Event] = []
    outputs = stack.apply(proposal, events.append)
    assert outputs.bucket_name == name
    assert outputs.endpoint_name == f"{name}-endpoint"
    assert outputs.alarm_topic_arn == ""
    assert [e.resource for e in events if e.status == "CREATE_COMPLETE"] == ["Bucket", "Logs", name]
    # WHEN nothing has changed THEN there is no proposal
    assert stack.propose(name, template(name), {}) is None
    # WHEN parameters change THEN what they reach is modified or added, and really is
    proposal = stack.propose(name, template(name), {"Days": "30", "More": "yes"})
    assert [(c.action, c.resource, c.properties) for c in proposal.changes] == [
        ("Modify", "Logs", ("RetentionInDays",)),
        ("Add", "Extra", ()),
    ]
    assert stack.apply(proposal).alarm_topic_arn.endswith(f":{name}")
    groups = aws.client("logs").describe_log_groups(logGroupNamePrefix=f"/{name}")["logGroups"]
    assert [group["retentionInDays"] for group in groups] == [30]
    # WHEN it is deleted THEN nothing is left
    stack.protect(name)
    assert stack.delete(name) is True
    assert stack.status_of(name) == ""
    assert name not in [bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]]
    assert stack.delete(name) is False


def test_a_replacement_stands_out(emulated_cloud, name):
    create(name)
    changed = template(name)
    changed["Resources"]["Logs"]["Properties"]["LogGroupName"] = f"/{name}-new"
    (change,) = stack.propose(name, changed, {}).changes
    assert (change.action, change.replacement, change.destroys) == ("Modify", "True", True)


def test_a_long_template_goes_by_way_of_the_bucket(emulated_cloud, name):
    # GIVEN a stack with a bucket, and a template of more bytes than a call takes
    outputs = create(name)
    many = {
        f"Topic{n}": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"{name}-{n}", "DisplayName": "x" * 900}}
        for n in range(60)
    }
    long = template(name, **many)
    assert len(to_json(long)) > INLINE_LIMIT
    # WHEN it is proposed THEN it is read from there, whole, in more than one page
    assert len(stack.propose(name, long, {}, bucket=outputs.bucket_name).changes) == 60
    assert len(aws.client("s3").list_objects_v2(Bucket=name, Prefix="templates/")["Contents"]) == 1
    # WHEN there is no bucket THEN one sentence says so
    with pytest.raises(DeploymentError, match="51,200 before there is a bucket"):
        stack.propose(f"{name}-b", long, {})


def test_what_exists_is_taken_over_when_asked(emulated_cloud, name):
    # GIVEN a bucket with an object, made without a stack
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=name, Key="raw/kept", Body=b"kept")
    wanted = template(name)
    wanted["Resources"]["Bucket"]["DeletionPolicy"] = "Retain"
    # WHEN a stack takes it over
    proposal = stack.propose(name, wanted, {}, adopt=True)
    assert [(c.action, c.resource) for c in proposal.changes] == [("Import", "Bucket"), ("Add", "Logs")]
    stack.apply(proposal)
    # THEN what was in it is there, and the next template is free to delete it with the stack again
    assert s3.get_object(Bucket=name, Key="raw/kept")["Body"].read() == b"kept"
    assert stack.propose(name, template(name), {}) is None


# --- what goes wrong ----------------------------------------------------------------------------------------------


def test_the_first_resource_that_failed_is_named_and_a_second_run_goes_on(emulated_cloud, name):
    # GIVEN a bucket of that name
    aws.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    # WHEN the stack is created THEN the bucket is named as the reason, and what had been made is gone
    proposal = stack.propose(name, template(name), {})
    with pytest.raises(
        DeploymentError, match=r"could not be created: Bucket \(AWS::S3::Bucket\): .*name of the bucket"
    ) as e:
        stack.apply(proposal)
    assert "Request ID" not in str(e.value)
    assert stack.status_of(name) == "ROLLBACK_COMPLETE"
    # WHEN it is tried again THEN the state is named with the way out, which works
    with pytest.raises(DeploymentError, match=r"ROLLBACK_COMPLETE, where it can only be deleted"):
        stack.propose(name, template(name), {})
    stack.delete(name)
    aws.client("s3").delete_bucket(Bucket=name)
    assert create(name).bucket_name == name


def test_what_fails_because_another_did_is_not_the_reason():
    def event(second, resource, status, reason):
        import datetime

        time = datetime.datetime(2026, 1, 1, 0, 0, second, tzinfo=datetime.UTC)
        return stack_events.Event(f"{second}", time, resource, "AWS::SNS::Topic", status, reason)

    events = [
        event(3, "B", "CREATE_FAILED", "Resource creation cancelled"),
        event(2, "A", "CREATE_FAILED", "no"),
        event(1, "C", "CREATE_COMPLETE", ""),
    ]
    assert stack_events.first_failure(events).resource == "A"


def test_a_bucket_that_is_not_empty_keeps_the_stack(emulated_cloud, name):
    create(name)
    s3 = aws.client("s3")
    s3.put_object(Bucket=name, Key="a", Body=b"a")
    with pytest.raises(DeploymentError, match=r"could not be deleted: Bucket .*not empty"):
        stack.delete(name)
    s3.delete_object(Bucket=name, Key="a")
    assert stack.delete(name) is True


def test_a_second_deployment_at_the_same_time_is_refused_and_stale_change_sets_go(emulated_cloud, name):
    create(name)
    # GIVEN two people who look at their change sets
    first = stack.propose(name, template(name), {"Days": "14"})
    client = aws.client("cloudformation")
    client.create_change_set(
        StackName=name,
        ChangeSetName="by-hand",
        TemplateBody=json.dumps(template(name)),
        Parameters=[{"ParameterKey": "Days", "ParameterValue": "30"}],
    )
    # WHEN one is applied THEN the other is told
    client.execute_change_set(ChangeSetName="by-hand", StackName=name)
    stack.wait_until_free(name)
    with pytest.raises(DeploymentError, match="Another deployment has changed the stack"):
        stack.apply(first)
    # WHEN somebody proposes again THEN ours that nobody wants is gone
    stack.propose(name, template(name), {"Days": "60"})
    names = [found["ChangeSetName"] for found in client.list_change_sets(StackName=name)["Summaries"]]
    assert len([found for found in names if found.startswith("medassist-")]) == 1


def test_while_another_deployment_is_at_work_one_waits(wire, name):
    # GIVEN a stack that another deployment is changing, as AWS describes it
    outputs = create(name)
    busy = wire_describe(name, "UPDATE_IN_PROGRESS")
    wire.answers["DescribeStacks"] = [busy]
    # WHEN something is proposed THEN it is refused with the state
    with pytest.raises(DeploymentError, match=r"Another deployment is at work .*UPDATE_IN_PROGRESS"):
        stack.propose(name, template(name), {})
    # WHEN one waits THEN its end is seen
    wire.answers["DescribeStacks"] = [busy]
    assert stack.wait_until_free(name) == "CREATE_COMPLETE"
    assert outputs.bucket_name == name


def wire_describe(name: str, status: str) -> tuple[int, str]:
    return 200, (
        '<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult>'
        f"<Stacks><member><StackName>{name}</StackName><StackId>{name}</StackId><StackStatus>{status}</StackStatus>"
        "<CreationTime>2026-01-01T00:00:00Z</CreationTime></member></Stacks></DescribeStacksResult>"
        "</DescribeStacksResponse>"
    )


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback --stack-name"),
        ("ROLLBACK_FAILED", "medassist destroy"),
        ("DELETE_FAILED", "medassist destroy"),
    ],
)
def test_a_stuck_stack_is_named_with_the_way_out(wire, name, status, sentence):
    wire.answers["DescribeStacks"] = [wire_describe(name, status)]
    with pytest.raises(DeploymentError, match=f"{status}.*{sentence}"):
        stack.propose(name, template(name), {})


@pytest.mark.parametrize(
    ("code", "message", "sentence"),
    [
        ("ExpiredToken", "The security token included in the request is expired", "have expired .*aws sso login"),
        ("InvalidClientTokenId", "The security token is invalid", "does not know these credentials in eu-west-1"),
        (
            "AccessDenied",
            "User: arn:aws:iam::1:user/u is not authorized to perform: cloudformation:DescribeStacks on resource: "
            "arn:aws:cloudformation:eu-west-1:1:stack/x because no identity-based policy allows it",
            "cloudformation:DescribeStacks on arn:aws:cloudformation:eu-west-1:1:stack/x",
        ),
        ("LimitExceededException", "You have reached the limit of 2000 stacks", "quota .* 2000 stacks; raise it"),
        ("Throttling", "Rate exceeded", "asks to slow down"),
    ],
)
def test_a_refusal_is_one_sentence_with_the_next_step(wire, name, code, message, sentence):
    wire.answers["DescribeStacks"] = [refusal(code, message, 403 if "Denied" in code else 400)] * 5
    with pytest.raises(DeploymentError, match=sentence) as raised:
        stack.status_of(name)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (
            'Resource handler returned message: "User: arn:aws:iam::1:user/u is not authorized to perform: '
            "iam:CreateRole on resource: arn:aws:iam::1:role/r (Service: Iam, Status Code: 403, Request ID: 1)"
            '" (RequestToken: 2, HandlerErrorCode: AccessDenied)',
            "ask for the permission iam:CreateRole on arn:aws:iam::1:role/r",
        ),
        (
            'Resource handler returned message: "Limit exceeded" (RequestToken: 2, '
            "HandlerErrorCode: ServiceLimitExceeded)",
            "Limit exceeded; a quota of the account is reached",
        ),
        ("Something odd", "Something odd; mend that"),
    ],
)
def test_a_failed_resources_reason_is_read_by_its_code(reason, sentence):
    from medassist.production import refusals

    assert sentence in refusals.explain_event("Role", "AWS::IAM::Role", reason)


def test_a_lost_network_is_waited_for_and_the_end_is_seen(wire, name):
    # GIVEN a stack in the making, and a network that goes away three times
    proposal = stack.propose(name, template(name), {})
    wire.answers["DescribeStackEvents"] = []
    lines: list[str] = []
    known = stack_events.known_events(proposal.stack_id)
    aws.client("cloudformation").execute_change_set(ChangeSetName=proposal.change_set_id)
    wire.answers["DescribeStackEvents"] = [DROP] * 9  # three attempts a call
    # WHEN it is followed THEN the losses are said, and every event comes once
    events = stack_events.follow(proposal.stack_id, known, on_trouble=lines.append)
    assert [e.resource for e in events if e.status == "CREATE_COMPLETE"] == ["Bucket", "Logs", name]
    assert lines
    assert "no answer from AWS" in lines[0]


def test_a_network_that_stays_away_ends_with_how_to_go_on(wire, name):
    create(name)
    wire.answers["DescribeStackEvents"] = [DROP] * 100
    with pytest.raises(DeploymentError, match="run the command again and it continues"):
        stack_events.follow(name, set(), network_limit_s=0.0)


def test_credentials_that_expire_in_the_middle_end_with_how_to_go_on(wire, name):
    create(name)
    wire.answers["DescribeStackEvents"] = [refusal("ExpiredToken", "expired")]
    with pytest.raises(DeploymentError, match=r"expired .* it continues"):
        stack_events.follow(name, set())


def test_two_who_follow_the_same_stack_both_see_its_end(emulated_cloud, name):
    proposal = stack.propose(name, template(name), {})
    seen: list[list[stack_events.Event]] = []
    watcher = threading.Thread(target=lambda: seen.append(stack_events.follow(proposal.stack_id, set())))
    watcher.start()
    stack.apply(proposal)
    watcher.join(20)
    assert seen[0][-1].status == "CREATE_COMPLETE"


# --- no way to AWS at all -----------------------------------------------------------------------------------------


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path):
    """Take away what the emulated cloud has set: an account nobody has signed in to."""
    import os

    for variable in [variable for variable in os.environ if variable.startswith("AWS_")]:
        monkeypatch.delenv(variable)
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return monkeypatch


def test_without_credentials_or_region_one_is_told(bare):
    bare.setenv("AWS_REGION", "eu-west-1")
    bare.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with pytest.raises(CloudError, match=r"no AWS credentials .*aws configure"):
        cloud.connect("aws")
    bare.delenv("AWS_REGION")
    bare.delenv("AWS_DEFAULT_REGION")
    bare.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(DeploymentError, match="No AWS region is set"):
        stack.status_of("medassist")


def test_a_region_that_does_not_exist_is_named(bare):
    bare.setenv("AWS_ACCESS_KEY_ID", "x")
    bare.setenv("AWS_SECRET_ACCESS_KEY", "x")
    bare.setenv("AWS_REGION", "eu-wset-1")  # boto3 reads the other one only, the AWS command line this one first
    bare.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with pytest.raises(CloudError, match="no AWS region 'eu-wset-1'"):
        cloud.connect("aws")


def test_without_a_region_nobody_signs_in_somewhere(bare):
    bare.setenv("AWS_ACCESS_KEY_ID", "x")
    bare.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with pytest.raises(CloudError, match="No AWS region is set; set AWS_REGION"):
        cloud.connect("aws")


def test_a_name_that_no_stack_can_have_is_refused(emulated_cloud):
    with pytest.raises(DeploymentError, match="'my stack' is no name"):
        stack.status_of("my stack")
