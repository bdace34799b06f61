"""From an account to a page that answers, and back: addresses, sign-in, page, what exists, what is removed."""

import base64
import io
import json
import uuid
import zipfile
from pathlib import Path

import pytest

from medassist import aws, cloud, interactions
from medassist.config import Settings
from medassist.errors import CloudError, DeploymentError
from medassist.production import (
    deployment,
    operations,
    phases,
    publishing,
    removal,
    sign_in,
    stack,
    stack_events,
    template,
)

PAGE = Path("deploy/web")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (stack_events, publishing):
        monkeypatch.setattr(module, "POLL_S", 0.05)


@pytest.fixture(scope="module")
def made(emulated_cloud: cloud.Cloud) -> stack.Outputs:
    """The foundation of the real template, under a name of its own."""
    name = f"d{uuid.uuid4().hex[:8]}"
    values = phases.parameters(name, phases.Wishes(endpoint_name=f"{name}-endpoint"))
    return stack.apply(phases.propose(name, values))


# --- addresses ----------------------------------------------------------------------------------------------------


def test_without_a_stack_default_names_are_used_and_with_one_its_own(made):
    default = deployment.resources("no-such-stack")
    assert default.bucket_name == "medassist-123456789012-eu-west-1"
    assert default.sagemaker_role_arn == "arn:aws:iam::123456789012:role/medassist-sagemaker"
    assert (default.endpoint_name, default.user_pool_id, default.api_url) == ("medassist-t5", "", "")
    assert default.cursor_secret == Settings().cursor_secret
    assert deployment.resources(made.model_package_group_name) == made
    settings = deployment.settings_for("sample", stack_name=made.model_package_group_name)
    assert (settings.bucket, settings.endpoint_name) == (made.bucket_name, made.endpoint_name)
    assert (settings.table_name, settings.cursor_secret) == (made.table_name, made.cursor_secret)


def test_an_api_that_is_not_there_yet_is_said(made):
    with pytest.raises(CloudError, match="has no API yet; bring it up with `medassist deploy`"):
        cloud.Cloud("aws").start_api(Settings(), stack_name=made.model_package_group_name)


# --- parameters ---------------------------------------------------------------------------------------------------


def test_what_is_not_asked_for_stays(made):
    name = made.model_package_group_name
    values = phases.parameters(name, phases.Wishes(emergency_phone="999"))
    assert values["EndpointName"] == made.endpoint_name  # as the stack has it
    assert values["EmergencyPhone"] == "999"
    assert phases.parameters("no-such-stack", phases.Wishes()) == {"EndpointName": "no-such-stack-t5"}


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"alarm_email": "nobody"}, "AlarmEmail is 'nobody', which it cannot be"),
        ({"monthly_budget": "much"}, "MonthlyBudget is 'much', but must be a whole number of 0 or more"),
        ({"monthly_budget": "-5"}, "MonthlyBudget is '-5', but must be a whole number"),
        ({"monthly_budget": "inf"}, "MonthlyBudget is 'inf', but must be a whole number"),
        ({"retention_days": "30.5"}, "RetentionDays is '30.5', but must be a whole number"),
        ({"retention_days": "0"}, "RetentionDays is '0', but must be a whole number from 1 to 3650"),
        ({"preset": "test"}, "Preset is 'test', but must be one of dev, prod"),
    ],
)
def test_a_value_that_the_template_does_not_take_is_named(emulated_cloud, wish, sentence):
    with pytest.raises(DeploymentError, match=sentence):
        phases.propose("no-such-stack", phases.parameters("no-such-stack", phases.Wishes(**wish)))
    assert stack.status_of("no-such-stack") == ""  # and nothing was begun


@pytest.mark.parametrize("preset", ["dev", "prod"])
def test_the_first_phase_fits_into_a_call_as_there_is_no_bucket_yet(preset):
    values = {"Preset": preset, "AlarmEmail": "a@example.org", "MonthlyBudget": "50"}
    first = template.translate(values)
    assert "Bucket" in first["Resources"]
    assert "Api" not in first["Resources"]
    assert len(template.to_json(first).encode()) < template.INLINE_LIMIT


# --- what exists already ------------------------------------------------------------------------------------------


def test_what_exists_is_taken_over_and_given_the_templates_settings(emulated_cloud):
    # GIVEN a bucket with an index that notebooks made without a stack, and the log group that an endpoint left
    name = f"d{uuid.uuid4().hex[:8]}"
    bucket, s3 = phases.bucket_name(name), aws.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key="index/kept", Body=b"kept")
    aws.client("logs").create_log_group(logGroupName=f"/aws/sagemaker/Endpoints/{name}-e")
    values = {"EndpointName": f"{name}-e"}
    interactions.create_table(f"{name}-interactions")
    aws.client("sagemaker").create_model_package_group(ModelPackageGroupName=name)
    # WHEN the stack is made THEN it takes them over, and proposes no more of it the next time
    proposal = phases.propose(name, values)
    imported = sorted(c.resource for c in proposal.changes if c.action == "Import")
    assert imported == ["Bucket", "EndpointLogs", "ModelPackages", "Table"]
    outputs = stack.apply(proposal)
    assert s3.get_object(Bucket=outputs.bucket_name, Key="index/kept")["Body"].read() == b"kept"
    assert phases.propose(name, values) is None
    # AND what was taken over as it was gets the template's settings
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    mended = phases.propose(name, values, mend=True)
    assert sorted(c.resource for c in mended.changes) == imported
    stack.apply(mended)
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert phases.propose(name, values, mend=True) is None


def test_a_bucket_of_another_account_is_said_before_anything_is_made(emulated_cloud, monkeypatch):
    # GIVEN a bucket that S3 answers 403 for
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    class Forbidding(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(403)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Forbidding)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_port}")
    with pytest.raises(DeploymentError, match=r"is taken by another account, .*--stack-name"):
        phases.check_bucket("medassist-123456789012-eu-west-1")
    server.shutdown()


# --- sign-in ------------------------------------------------------------------------------------------------------


def test_a_passing_token_names_a_caller_and_leaves_nothing_behind(made, monkeypatch):
    # GIVEN AWS credentials WHEN a token is had
    monkeypatch.delenv(sign_in.TOKEN_VARIABLE, raising=False)
    client, pool = aws.client("cognito-idp"), made.user_pool_id
    before = [app["ClientId"] for app in client.list_user_pool_clients(UserPoolId=pool)["UserPoolClients"]]
    token = sign_in.headers(pool)["Authorization"]
    # THEN it is one of this pool, for an hour, and neither user nor client is left
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert pool in claims["iss"]
    assert claims["token_use"] == "id"
    assert sign_in.users(pool) == []
    assert [app["ClientId"] for app in client.list_user_pool_clients(UserPoolId=pool)["UserPoolClients"]] == before
    # AND a given token, or the variable's, is used as it is; without a pool nobody signs in
    assert sign_in.headers(pool, "mine") == {"Authorization": "mine"}
    assert sign_in.headers("") == {}
    monkeypatch.setenv(sign_in.TOKEN_VARIABLE, "from outside")
    assert sign_in.headers(pool) == {"Authorization": "from outside"}
    assert Settings.from_environment().corpus == "sample"  # the variable is no setting


def test_people_are_invited_listed_and_removed(made):
    assert sign_in.invite(made.user_pool_id, "ann@example.org") is True
    assert sign_in.invite(made.user_pool_id, "ann@example.org") is False
    assert sign_in.users(made.user_pool_id) == [("ann@example.org", "FORCE_CHANGE_PASSWORD")]
    assert sign_in.remove(made.user_pool_id, "ann@example.org") is True
    assert sign_in.remove(made.user_pool_id, "ann@example.org") is False
    with pytest.raises(DeploymentError, match="'ann' is no e-mail address"):
        sign_in.invite(made.user_pool_id, "ann")


# --- the page -----------------------------------------------------------------------------------------------------


def test_the_page_is_published_with_its_settings(made):
    settings = publishing.page_settings(made, "https://api.example.org/live")
    statuses: list[str] = []
    # WHEN it is published, twice, the second time over a deployment that was never finished
    address = publishing.publish(made, settings, PAGE, statuses.append)
    where = {"appId": made.amplify_app_id, "branchName": made.amplify_branch}
    aws.client("amplify").create_deployment(**where)
    publishing.publish(made, settings, PAGE)
    # THEN Amplify has taken it
    assert address == made.page_url
    assert "RUNNING" in statuses
    jobs = aws.client("amplify").list_jobs(**where)["jobSummaries"]
    assert [job["status"] for job in jobs] == ["SUCCEED", "CANCELLED", "SUCCEED"]
    # AND what was uploaded holds the page, with where the API and the sign-in are; the same bytes each time
    packed = publishing.pack(PAGE, settings)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {"index.html", "app.js", "config.json"} <= set(archive.namelist())
        said = json.loads(archive.read("config.json"))
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}  # readable when unpacked
    assert said.keys() == json.loads((PAGE / "config.json").read_text()).keys()
    assert said["sign_in_url"].endswith(".auth.eu-west-1.amazoncognito.com")
    assert said["client_id"] == made.user_pool_client_id
    assert publishing.pack(PAGE, settings) == packed


def test_a_page_that_amplify_refuses_is_said(made, monkeypatch):
    monkeypatch.setattr(publishing, "pack", lambda files, settings: b"no zip")
    with pytest.raises(DeploymentError, match="not published \\(FAILED: What was uploaded is no zip"):
        publishing.publish(made, {}, PAGE)


def test_a_folder_without_a_page_is_refused(tmp_path):
    with pytest.raises(DeploymentError, match=r"there is no index\.html"):
        publishing.pack(tmp_path, {})


# --- the function -------------------------------------------------------------------------------------------------


def test_old_versions_of_the_function_go_but_what_the_alias_names(emulated_cloud):
    # GIVEN a function with five versions, the alias on the first
    client, name, role = aws.client("lambda"), f"f{uuid.uuid4().hex[:8]}", f"r{uuid.uuid4().hex[:8]}"
    arn = aws.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    for n in range(5):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("app.py", f"n = {n}")
        if n == 0:
            code = {"ZipFile": buffer.getvalue()}
            client.create_function(FunctionName=name, Runtime="python3.13", Role=arn, Handler="app.handler", Code=code)
        else:
            client.update_function_code(FunctionName=name, ZipFile=buffer.getvalue())
        client.publish_version(FunctionName=name)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    # WHEN they are pruned THEN the last three stay, and the one in use
    assert phases.prune_versions(name) == 1
    versions = client.list_versions_by_function(FunctionName=name)["Versions"]
    assert [v["Version"] for v in versions] == ["$LATEST", "1", "3", "4", "5"]
    assert phases.prune_versions("no-such-function") == 0


def test_an_api_that_is_not_well_is_said():
    with pytest.raises(DeploymentError, match="is not well after 0 seconds"):
        phases.smoke_test("http://127.0.0.1:9", {}, "What is gout?", limit_s=0)


def test_an_index_that_is_missing_is_said(made):
    with pytest.raises(DeploymentError, match=r"holds no index of 'nothing'; run the notebook 02_build_index"):
        phases.check_ready(made.bucket_name, "nothing")


def test_an_index_that_the_function_could_not_read_is_said(made):
    with pytest.raises(DeploymentError, match=f"must begin with s3://{made.bucket_name}/"):
        phases.check_index("s3://elsewhere/index", made.bucket_name)
    with pytest.raises(DeploymentError, match="There is no index at"):
        phases.check_index(f"s3://{made.bucket_name}/index/none", made.bucket_name)


@pytest.mark.parametrize("name", ["m", "medassist", "my-second-1", "m" * 35])
def test_names_that_a_stack_may_have(name):
    phases.check_name(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Medassist", "lower-case"),
        ("med_assist", "lower-case"),
        ("m" * 36, "up to 35"),
        ("1st", "a letter first"),
        ("med-", "lower-case"),
        ("", "lower-case"),
        ("answers-on-aws", "Cognito takes no sign-in domain with 'aws' in it"),
    ],
)
def test_names_that_bucket_or_sign_in_could_not_have_are_refused(name, reason):
    with pytest.raises(DeploymentError, match=reason):
        phases.check_name(name)


def test_what_could_not_be_removed_is_not_removed_by_a_deployment(emulated_cloud):
    # GIVEN a stack that somebody tried to delete elsewhere, and whose bucket holds something
    name = f"d{uuid.uuid4().hex[:8]}"
    outputs = stack.apply(phases.propose(name, {"EndpointName": f"{name}-e"}))
    aws.client("s3").put_object(Bucket=outputs.bucket_name, Key="index/a", Body=b"text")
    with pytest.raises(DeploymentError):
        stack.delete(name)
    # WHEN it is deployed again, with yes to everything THEN one is told to look first
    with pytest.raises(DeploymentError, match=r"is DELETE_FAILED: parts of it .*medassist destroy"):
        operations._free(name, operations.Screen(yes=True))
    removal.remove(removal.take_stock(name, outputs.bucket_name, outputs.table_name, f"{name}-e"), removal.Progress())


# --- removal ------------------------------------------------------------------------------------------------------


def test_everything_of_a_protected_stack_goes_and_a_second_run_finds_nothing(emulated_cloud):
    # GIVEN prod's foundation, protected, with objects in versions, one deleted, and an answer in the table
    name = f"d{uuid.uuid4().hex[:8]}"
    values = {"Preset": "prod", "EndpointName": f"{name}-e"}
    outputs = stack.apply(phases.propose(name, values))
    stack.protect(name)
    s3 = aws.client("s3")
    for text in (b"old", b"new"):
        s3.put_object(Bucket=outputs.bucket_name, Key="index/a", Body=text)
    s3.delete_object(Bucket=outputs.bucket_name, Key="index/a")
    s3.create_multipart_upload(Bucket=outputs.bucket_name, Key="unfinished")
    names = (outputs.bucket_name, outputs.table_name, outputs.endpoint_name)
    # WHEN stock is taken THEN it says what is there
    stock = removal.take_stock(name, *names)
    assert (stock.versions, stock.bytes, stock.table) == (3, 6, outputs.table_name)
    # WHEN it is removed THEN nothing is left but the key, which is said
    gone: list[int] = []
    progress = removal.Progress(say=lambda line: None, deleted=gone.append)
    removal.remove(stock, progress)
    assert sum(gone) == 3
    assert stack.status_of(name) == ""
    assert outputs.table_name not in aws.client("dynamodb").list_tables()["TableNames"]
    left = removal.remains(stock, progress.kept)
    assert any("deleted in 30 days" in cost for _, cost in left)
    assert not [what for what, _ in left if what.startswith(("bucket", "table"))]
    # WHEN it is done again THEN there is nothing to do
    assert removal.take_stock(name, *names).nothing
