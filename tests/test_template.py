"""The production template: translated, linted, held against our promises and against the code that relies on it."""

import ast
import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import app
import boto3
import promises
import pytest
import telemetry
import yaml

from medassist import interactions, storage
from medassist.cloud import Cloud
from medassist.config import Settings
from medassist.errors import DeploymentError
from medassist.production import stack, template
from medassist.schemas import Answer, Urgent

ROOT = Path(__file__).parents[1]
CODE = {"CodeKey": f"code/{64 * '0'}.zip"}
PHASES = {
    "foundation": {},
    "api": CODE,
    "model": {
        **CODE,
        "ModelServed": "true",
        "AlarmEmail": "on.call@example.org",
        "MonthlyBudget": "50",
        "IndexStore": "s3-vectors",
    },
}
STATES = [(preset, phase) for preset in ("dev", "prod") for phase in PHASES]
REGIONS = ["eu-west-1", "us-east-1"]  # where every service of the template is offered


@pytest.fixture(scope="module")
def translated() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the translated template by preset and phase."""
    return {state: template.translate({"Preset": state[0], **PHASES[state[1]]}) for state in STATES}


@pytest.fixture
def whole(translated: dict[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
    """Return a copy of prod's last phase, to be broken."""
    return copy.deepcopy(translated["prod", "model"])


# --- translation --------------------------------------------------------------------------------------------------


def test_translation_is_plain_repeatable_and_independent_of_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    first = template.translate({"Preset": "prod", **CODE})
    # WHEN it is made again by somebody with another region and a profile that does not exist
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    # THEN it is the same to the byte, and there is no SAM in it
    assert template.to_json(template.translate({"Preset": "prod", **CODE})) == template.to_json(first)
    assert "Transform" not in first
    assert not [name for name, resource in first["Resources"].items() if "Serverless" in resource["Type"]]


def test_the_foundation_goes_into_one_call(translated: dict[tuple[str, str], dict[str, Any]]) -> None:
    # There is no bucket yet from which CloudFormation could fetch a longer template.
    for preset in ("dev", "prod"):
        assert len(template.to_json(translated[preset, "foundation"]).encode()) < template.INLINE_LIMIT


@pytest.mark.parametrize(
    "change",
    [
        {"CodeKey": f"code/{64 * '1'}.zip"},
        {"EmergencyPhone": "911"},
        {"ModelWords": "always"},
        {"Redaction": "comprehend-medical"},
        {"IndexUri": "s3://bucket/index/sample/2"},
        {"IndexStore": "s3-vectors"},
        {"RetentionDays": "30"},
        {"Preset": "prod"},
    ],
)
def test_a_new_setting_of_the_function_makes_a_new_version(change: dict[str, str]) -> None:
    # Otherwise the alias, and so everybody who asks, would stay with the old one.
    def versions(values: dict[str, str]) -> set[str]:
        return {name for name in template.translate(values)["Resources"] if name.startswith("FunctionVersion")}

    assert len(versions(CODE) | versions({**CODE, **change})) == 2
    assert versions(CODE) == versions({**CODE, "AlarmEmail": "a@example.org"})


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"Colour": "red"}, "no parameter Colour"),
        ({"Preset": "test"}, "Preset is 'test', but must be one of dev, prod"),
        ({"CodeKey": "function.zip"}, "CodeKey is 'function.zip', which it cannot be"),
        ({"RetentionDays": "0"}, "RetentionDays is '0', but must be a whole number from 1 to 3650"),
        ({"MonthlyBudget": "much"}, "MonthlyBudget is 'much', but must be a whole number of 0 or more"),
    ],
)
def test_wrong_parameters_are_refused_in_one_sentence(values: dict[str, str], sentence: str) -> None:
    with pytest.raises(DeploymentError, match=re.escape(sentence)):
        template.translate(values)


def test_a_broken_template_is_refused_in_one_sentence(tmp_path: Path) -> None:
    for text, sentence in (("Resources: [", "is not YAML"), ("a: 1", "has no Resources")):
        (tmp_path / "template.yaml").write_text(text)
        with pytest.raises(DeploymentError, match=sentence):
            template.load(tmp_path / "template.yaml")
    with pytest.raises(DeploymentError, match="cannot be read"):
        template.load(tmp_path / "missing.yaml")
    with pytest.raises(DeploymentError, match="no preset 'test'; use dev or prod"):
        template.preset("test")


def test_s3_vectors_is_granted_only_where_it_is_chosen(translated: dict[tuple[str, str], dict[str, Any]]) -> None:
    # GIVEN the function's role where the function searches itself: nothing of S3 Vectors is in the template
    assert "s3vectors" not in template.to_json(translated["prod", "api"])
    # WHEN S3 Vectors is chosen, THEN it may read and search the indexes of the bucket of our own name, and no more
    policies = translated["prod", "model"]["Resources"]["FunctionRole"]["Properties"]["Policies"]
    ((statement,),) = [p["PolicyDocument"]["Statement"] for p in policies if p["PolicyName"] == "vectors"]
    assert statement["Action"] == ["s3vectors:GetVectors", "s3vectors:QueryVectors"]
    assert statement["Resource"]["Fn::Sub"].endswith(":bucket/${Bucket}/index/*")


# --- linters ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("preset", "phase"), STATES)
def test_cfn_lint_finds_nothing(preset: str, phase: str, translated: dict[tuple[str, str], dict[str, Any]]) -> None:
    from cfnlint.api import lint
    from cfnlint.core import get_rules

    # All parameters stay in every phase (W2001), as the stack remembers them from one deployment to the next.
    rules = get_rules([], ["W2001"], [], {}, False)
    found = lint(template.to_json(translated[preset, phase]), rules, REGIONS)
    assert [f"{match.rule.id} {match.message}" for match in found] == []


@pytest.mark.integration
def test_checkov_finds_only_what_the_template_explains(
    translated: dict[tuple[str, str], dict[str, Any]],
    request: pytest.FixtureRequest,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    # GIVEN both presets in their last phase
    for preset in ("dev", "prod"):
        document = copy.deepcopy(translated[preset, "model"])
        # SAM hands an API's metadata, and with it what is to be skipped and why, to the API but not to its stage.
        document["Resources"]["ApiliveStage"]["Metadata"] = document["Resources"]["Api"]["Metadata"]
        (tmp_path / f"{preset}.json").write_text(template.to_json(document))

    # WHEN checkov, which needs versions of its own of many packages, looks at them without asking anybody
    checkov = install_checkov(Path(request.config.cache.mkdir("checkov")))
    options = ["--framework", "cloudformation", "--skip-download", "--output", "json"]
    done = subprocess.run([checkov, "-d", tmp_path, *options], capture_output=True, text=True, timeout=300)
    results = json.loads(done.stdout)["results"]

    # THEN nothing fails, and whatever is skipped has its reason beside it
    assert [f"{check['check_id']} {check['resource']}" for check in results["failed_checks"]] == []
    assert results["parsing_errors"] == []
    reasons = {check["check_result"]["suppress_comment"] for check in results["skipped_checks"]}
    assert all(len(reason) > 30 for reason in reasons), reasons
    for name in ("passed", "failed", "skipped"):
        record_property(f"checkov_{name}", len(results[f"{name}_checks"]))
    assert len(results["passed_checks"]) > 100


def install_checkov(folder: Path) -> Path:
    """Return checkov's command, in a virtual environment that is kept between test runs."""
    requirements, done = ROOT / "deploy" / "checks" / "requirements.txt", folder / "installed.txt"
    if not done.exists() or done.read_text() != requirements.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder / "venv"], check=True)
        pip = [folder / "venv" / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", requirements], check=True, timeout=600)
        done.write_text(requirements.read_text())
    return folder / "venv" / "bin" / "checkov"


# --- our own promises ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("promise", promises.PROMISES, ids=lambda promise: promise.__name__)
def test_promises_are_kept(
    promise: Callable[[Any], Iterator[str]], translated: dict[tuple[str, str], dict[str, Any]]
) -> None:
    objections = {state: list(promise(document)) for state, document in translated.items()}
    assert objections == {state: [] for state in STATES}


def test_prod_scales_table_function_and_model(translated: dict[tuple[str, str], dict[str, Any]]) -> None:
    def dimensions(state: tuple[str, str]) -> set[str]:
        targets = promises.of_type(translated[state], "AWS::ApplicationAutoScaling::ScalableTarget")
        return {target["ScalableDimension"] for _, target in targets}

    assert dimensions(("prod", "model")) == {
        "dynamodb:table:ReadCapacityUnits",
        "dynamodb:table:WriteCapacityUnits",
        "lambda:function:ProvisionedConcurrency",
        "sagemaker:variant:DesiredInstanceCount",
    }
    # AND dev, which is billed by request everywhere, has nothing to scale
    assert dimensions(("dev", "model")) == set()


Break = Callable[[dict[str, Any]], object]  # breaks the resources of a template


def properties_of(resources: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = resources[name]["Properties"]
    return found


def first_statement(resources: dict[str, Any], role: str) -> dict[str, Any]:
    found: dict[str, Any] = properties_of(resources, role)["Policies"][0]["PolicyDocument"]["Statement"][0]
    return found


def operation(resources: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = properties_of(resources, "Api")["Body"]["paths"][path][method]
    return found


BREAKS: dict[str, list[Break]] = {
    "data_is_encrypted": [
        lambda r: properties_of(r, "Bucket").pop("BucketEncryption"),
        lambda r: properties_of(r, "Table")["SSESpecification"].pop("KMSMasterKeyId"),
        lambda r: properties_of(r, "AccessLogs").pop("KmsKeyId"),
        lambda r: properties_of(r, "CursorSecret").pop("KmsKeyId"),
        lambda r: properties_of(r, "Key").update(EnableKeyRotation=False),
    ],
    "data_travels_by_tls_only": [
        lambda r: properties_of(r, "BucketPolicy")["PolicyDocument"]["Statement"].pop(0),
        lambda r: r.pop("AlarmTopicPolicy"),
    ],
    "nothing_is_public": [
        lambda r: properties_of(r, "Bucket")["PublicAccessBlockConfiguration"].update(BlockPublicPolicy=False),
        lambda r: properties_of(r, "BucketPolicy")["PolicyDocument"]["Statement"][0].update(Effect="Allow"),
    ],
    "data_comes_to_an_end": [
        lambda r: properties_of(r, "Table")["TimeToLiveSpecification"].update(Enabled=False),
        lambda r: properties_of(r, "FunctionLogs").pop("RetentionInDays"),
        lambda r: properties_of(r, "Bucket").pop("LifecycleConfiguration"),
    ],
    "data_can_be_restored": [
        lambda r: properties_of(r, "Bucket")["VersioningConfiguration"].update(Status="Suspended"),
        lambda r: properties_of(r, "Table").pop("PointInTimeRecoverySpecification"),
        lambda r: properties_of(r, "Table").update(DeletionProtectionEnabled=False),
    ],
    "logs_name_nobody": [
        lambda r: properties_of(r, "ApiliveStage")["AccessLogSetting"].update(Format="$context.identity.sourceIp"),
        lambda r: properties_of(r, "ApiliveStage")["MethodSettings"][0].update(DataTraceEnabled=True),
        lambda r: properties_of(r, "EndpointLogs").pop("DataProtectionPolicy"),
        lambda r: properties_of(r, "Firewall")["VisibilityConfig"].update(SampledRequestsEnabled=True),
    ],
    "callers_are_known": [
        lambda r: operation(r, "/v1/questions", "post").pop("security"),
        lambda r: operation(r, "/v1/docs", "get").update(security=[{"NONE": []}]),
        lambda r: properties_of(r, "Api")["Body"]["components"]["securitySchemes"].clear(),
    ],
    "only_the_page_may_read_answers": [
        lambda r: operation(r, "/v1/questions", "options")["x-amazon-apigateway-integration"]["responses"]["default"][
            "responseParameters"
        ].update({"method.response.header.Access-Control-Allow-Origin": "'*'"}),
    ],
    "requests_are_limited": [
        lambda r: properties_of(r, "ApiliveStage")["MethodSettings"][0].pop("ThrottlingRateLimit"),
        lambda r: r.pop("FirewallOfApi"),
        lambda r: r.pop("UsagePlan"),
        lambda r: properties_of(r, "Firewall")["Rules"].pop(0),
    ],
    "sign_in_is_strict": [
        lambda r: properties_of(r, "UserPool")["Policies"]["PasswordPolicy"].update(MinimumLength=8),
        lambda r: properties_of(r, "UserPool").pop("AdminCreateUserConfig"),
        lambda r: properties_of(r, "UserPoolClient").update(AllowedOAuthFlows=["implicit"]),
    ],
    "permissions_are_by_action_and_resource": [
        lambda r: first_statement(r, "FunctionRole").update(Action="s3:*"),
        lambda r: first_statement(r, "SageMakerRole").update(Resource="*"),
        lambda r: properties_of(r, "FunctionRole").update(ManagedPolicyArns=["arn:aws:iam::aws:policy/Admin"]),
    ],
    "wildcards_are_explained": [lambda r: first_statement(r, "FunctionRole").update(Sid="Something")],
    "no_confused_deputy": [
        lambda r: properties_of(r, "SageMakerRole")["AssumeRolePolicyDocument"]["Statement"][0].pop("Condition"),
        lambda r: properties_of(r, "AlarmTopicPolicy")["PolicyDocument"]["Statement"][0].pop("Condition"),
        lambda r: properties_of(r, "FunctionAskPermissionlive").pop("SourceArn"),
        lambda r: properties_of(r, "Key")["KeyPolicy"]["Statement"][1].pop("Condition"),
        lambda r: properties_of(r, "Key")["KeyPolicy"]["Statement"][2].pop("Condition"),
    ],
    "nothing_is_tied_to_one_account": [
        lambda r: properties_of(r, "Table").update(TableName="table-123456789012"),
        lambda r: properties_of(r, "Table").update(TableName="table-eu-west-1"),
    ],
    "every_service_has_alarms": [
        lambda r: r.pop("TableThrottlesAlarm"),
        lambda r: r.pop("AbstentionsAlarm"),
        lambda r: properties_of(r, "ApiErrorsAlarm").pop("AlarmActions"),
    ],
    "prod_scales": [lambda r: r.pop("FunctionTarget"), lambda r: r.pop("ModelScaling")],
    "versions_are_ready_and_shifted_gradually": [
        lambda r: properties_of(r, "Function").update(SnapStart={"ApplyOn": "PublishedVersions"}),
        lambda r: properties_of(r, "Function").pop("ReservedConcurrentExecutions"),
        lambda r: r["FunctionAliaslive"].pop("UpdatePolicy"),
        lambda r: properties_of(r, "FunctionDeploymentGroup").pop("AlarmConfiguration"),
        lambda r: properties_of(r, "FunctionDeploymentGroup").update(DeploymentConfigName="AllAtOnce"),
    ],
    "the_page_is_locked_down": [
        lambda r: properties_of(r, "Page").pop("CustomHeaders"),
        lambda r: properties_of(r, "Page").update(CustomHeaders={"Fn::Sub": "script-src 'unsafe-inline'"}),
    ],
}


def test_every_promise_has_a_break() -> None:
    assert set(BREAKS) == {promise.__name__ for promise in promises.PROMISES}


@pytest.mark.parametrize(
    ("name", "number"), [(name, number) for name, breaks in BREAKS.items() for number in range(len(breaks))]
)
def test_a_promise_objects_when_it_is_broken(name: str, number: int, whole: dict[str, Any]) -> None:
    BREAKS[name][number](whole["Resources"])
    assert list(getattr(promises, name)(whole))


# --- the template and the code that relies on it ------------------------------------------------------------------


def environment_of(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["Resources"]["Function"]["Properties"]["Environment"]["Variables"]
    return found


def test_routes_are_those_of_the_api(whole: dict[str, Any]) -> None:
    offered = {(path, method.upper()) for method, path, _ in promises.operations(whole) if method != "options"}
    answered = {(rule, method) for rule, methods in app.allowed_methods().items() for method in methods}
    assert offered == {(re.sub(r"<(\w+)>", r"{\1}", rule), method) for rule, method in answered}


def test_headers_of_the_preflight_are_described_as_openapi_does(whole: dict[str, Any]) -> None:
    described = operation(whole["Resources"], "/v1/questions", "options")["responses"]["200"]["headers"]
    assert described["Access-Control-Allow-Origin"] == {"schema": {"type": "string"}}
    assert all(header["schema"].keys() == {"type"} for header in described.values())


def test_what_api_gateway_answers_itself_is_a_problem_too(whole: dict[str, Any]) -> None:
    responses = properties_of(whole["Resources"], "Api")["Body"]["x-amazon-apigateway-gateway-responses"]
    assert {"UNAUTHORIZED", "EXPIRED_TOKEN", "THROTTLED", "REQUEST_TOO_LARGE", "DEFAULT_4XX", "DEFAULT_5XX"} <= set(
        responses
    )
    for name, response in responses.items():
        # THEN each has RFC 9457's media type and members, and the status that it is sent with
        assert response["responseParameters"]["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        text = response["responseTemplates"]["application/json"].replace("$context.error.messageString", '"Why."')
        problem = json.loads(text)
        assert problem["type"] == "about:blank"
        assert problem["detail"].endswith(".")
        if not name.startswith("DEFAULT"):
            assert int(response["statusCode"]) == problem["status"]


def test_the_page_may_send_what_the_api_takes(whole: dict[str, Any]) -> None:
    preflight = operation(whole["Resources"], "/v1/questions", "options")["x-amazon-apigateway-integration"]
    sent = preflight["responses"]["default"]["responseParameters"]
    methods = {method for allowed in app.allowed_methods().values() for method in allowed}
    assert set(sent["method.response.header.Access-Control-Allow-Methods"].strip("'").split(",")) >= methods
    headers = sent["method.response.header.Access-Control-Allow-Headers"].strip("'").split(",")
    assert {"authorization", "content-type", "idempotency-key"} == set(headers)


def test_the_handler_is_there(whole: dict[str, Any]) -> None:
    module, _, function = whole["Resources"]["Function"]["Properties"]["Handler"].rpartition(".")
    tree = ast.parse((ROOT / "lambda" / f"{module}.py").read_text())
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    names |= {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert function in names


def test_the_function_may_ask_comprehend_medical_only_where_it_does() -> None:
    def statements(values: dict[str, str]) -> list[dict[str, Any]]:
        policies = template.translate(values)["Resources"]["FunctionRole"]["Properties"]["Policies"]
        found = [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]
        return [statement for statement in found if "comprehendmedical" in json.dumps(statement)]

    assert statements(CODE) == []
    (statement,) = statements({**CODE, "Redaction": "comprehend-medical"})
    assert statement["Action"] == "comprehendmedical:DetectPHI"


def test_variables_are_settings_and_defaults_agree(translated: dict[tuple[str, str], dict[str, Any]]) -> None:
    # GIVEN the function's variables, with the values of those that come from parameters
    variables = environment_of(translated["prod", "api"])
    given = {name: value for name, value in variables.items() if isinstance(value, str)}
    # THEN the settings take them all, and a parameter that was not given has the setting's own default
    known = {f"MEDASSIST_{field.name.upper()}" for field in fields(Settings)}
    assert set(variables) <= known
    assert Settings.from_environment(given) == Settings()
    # AND what depends on the stack is set
    assert {"MEDASSIST_BUCKET", "MEDASSIST_TABLE_NAME", "MEDASSIST_PAGE_ORIGIN"} <= set(variables) - set(given)
    # AND the function has the time for what it waits for
    function = translated["prod", "api"]["Resources"]["Function"]["Properties"]
    assert function["Timeout"] > Settings().endpoint_timeout_s


def test_notebooks_have_the_same_defaults() -> None:
    defaults = {name: about["Default"] for name, about in template.parameters().items()}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text())["cells"]:
            if "parameters" in cell["metadata"].get("tags", []):
                given = {
                    node.targets[0].id: ast.literal_eval(node.value)
                    for node in ast.parse("".join(cell["source"])).body
                    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
                }
                assert given.get("endpoint_name", defaults["EndpointName"]) in ("", defaults["EndpointName"])
                corpus = Path(given.get("corpus", defaults["Corpus"])).name
                assert corpus in ("", defaults["Corpus"]), path.name


def test_outputs_are_what_is_read(translated: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert set(translated["prod", "model"]["Outputs"]) == {stack.output_key(name) for name in stack.Outputs.names()}
    # AND the foundation puts out all that is required of every stack
    known = dict.fromkeys(translated["dev", "foundation"]["Outputs"], "value")
    assert stack.Outputs.from_outputs(known).bucket_name == "value"


def metrics_in(value: Any) -> set[str]:
    """Return the names of our own metrics in an alarm or a dashboard."""
    text = value if isinstance(value, str) else json.dumps(value)
    ours = ("Answers", "Questions", "Interactions", "Time")
    return {name for name in re.findall(r'"([A-Z][A-Za-z]+)"', text) if name.startswith(ours) or name.endswith("Time")}


def test_alarms_and_dashboard_use_metrics_that_are_emitted(
    whole: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN what the function counts for each kind of answer
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    emitted: set[str] = set()
    for kind in ({"abstained": True}, {"extractive": True}, {}, {"urgent": Urgent("chest pain", "Call.", "112")}):
        telemetry.measure(an_answer(**kind), interactions.new_question_id(), recorded=True)
        record = json.loads(capsys.readouterr().out.splitlines()[0])
        described = record["_aws"]["CloudWatchMetrics"][0]
        assert described["Namespace"] == "medassist"
        assert described["Dimensions"] == [["service"]]
        assert record["service"] == "api"
        emitted |= {metric["Name"] for metric in described["Metrics"]}

    # THEN the template watches no other, and none of ours under another dimension
    sagemaker = {"ModelSetupTime"}
    body = whole["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0]
    alarms = [alarm for _, alarm in promises.of_type(whole, "AWS::CloudWatch::Alarm")]
    assert metrics_in(body) - sagemaker <= emitted
    assert metrics_in(alarms) <= emitted
    assert {"RetrieveTime", "GenerateTime", "GroundTime", "TotalTime", "AnswersWritten"} <= metrics_in(body)
    assert '"Dimensions": [{"Name": "service", "Value": "api"}]' in json.dumps(alarms)


def test_the_firewall_counts_under_the_name_that_its_alarm_watches(whole: dict[str, Any]) -> None:
    # GIVEN that WAF's dimension WebACL is not the firewall's name, but that of its metric, and "all" is WAF's own
    name = whole["Resources"]["Firewall"]["Properties"]["VisibilityConfig"]["MetricName"]
    watched = whole["Resources"]["BlockedAlarm"]["Properties"]["Dimensions"]
    assert {"Name": "WebACL", "Value": name} in watched
    assert {"Name": "Rule", "Value": "ALL"} in watched
    # AND the dashboard shows the same
    body = whole["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0]
    assert f'"WebACL", "${{{name["Ref"]}}}"' in body


def an_answer(**kind: Any) -> Answer:
    timings = dict.fromkeys(("retrieve", "generate", "ground", "total"), 1.0)
    plain: dict[str, Any] = {"abstained": False, "extractive": False, "fallback": "", "urgent": None}
    texts = {"question": "What is asthma?", "answer": "An illness.", "disclaimer": "", "model": "", "index": ""}
    return Answer(**texts, statements=(), passages=(), timings_ms=timings, **(plain | kind))


def test_the_dashboard_is_one_that_cloudwatch_takes(whole: dict[str, Any]) -> None:
    # GIVEN the body with something in the place of each reference
    body, given = whole["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    dashboard = json.loads(re.sub(r"\$\{[\w:]+\}", "1", body))
    assert set(given) == {"ConcurrencyAlarm"}
    # THEN the widgets lie in a grid of 24 columns and cover one another nowhere
    taken: set[tuple[int, int]] = set()
    for widget in dashboard["widgets"]:
        cells = {
            (widget["x"] + across, widget["y"] + down)
            for across in range(widget["width"])
            for down in range(widget["height"])
        }
        assert all(x < 24 for x, _ in cells)
        assert not cells & taken
        taken |= cells
    # AND every alarm of the stack is on it
    shown = set(re.findall(r"alarm:\$\{(\w+)\}", body))
    assert shown == {name for name, _ in promises.of_type(whole, "AWS::CloudWatch::Alarm")}


def test_operations_say_what_to_do_about_each_alarm(whole: dict[str, Any]) -> None:
    described = set(re.findall(r"^\| `([\w-]+)` \|", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE))
    alarms = {alarm["AlarmName"]["Fn::Sub"] for _, alarm in promises.of_type(whole, "AWS::CloudWatch::Alarm")}
    assert {f"${{AWS::StackName}}-{name}" for name in described} == alarms


def test_the_page_gets_the_policy_that_it_was_tested_with(whole: dict[str, Any]) -> None:
    import api

    given = yaml.safe_load(whole["Resources"]["Page"]["Properties"]["CustomHeaders"]["Fn::Sub"])
    (everything,) = given["customHeaders"]
    sent = {header["key"]: header["value"] for header in everything["headers"]}
    # GIVEN that there is no HTTPS at home, and that other addresses stand beside the page's own at AWS only
    assert int(sent.pop("Strict-Transport-Security").split("max-age=")[1].split(";")[0]) >= 365 * 86_400
    policies = (headers["Content-Security-Policy"] for headers in (api.PAGE_HEADERS, sent))
    tested, policy = (dict(part.strip().split(" ", 1) for part in text.split(";")) for text in policies)
    own, *others = policy.pop("connect-src").split(" ")
    assert own == tested.pop("connect-src") == "'self'"
    assert len(others) == 2
    assert all(other.startswith("https://") for other in others)
    # THEN all else is the same, for every file
    assert policy == tested
    assert everything["pattern"] == "**/*"
    name = "Content-Security-Policy"
    assert {**sent, name: ""} == {**api.PAGE_HEADERS, name: ""}
    # AND no script may make HTML of text
    assert (policy["require-trusted-types-for"], policy["trusted-types"]) == ("'script'", "'none'")


def test_at_home_as_many_are_let_in_as_in_dev_and_the_rest_hears_the_same(whole: dict[str, Any]) -> None:
    import throttle

    dev = template.preset("dev")
    assert (dev["ApiRateLimit"], dev["ApiBurstLimit"]) == (throttle.RATE, throttle.BURST)
    gateway = properties_of(whole["Resources"], "Api")["Body"]["x-amazon-apigateway-gateway-responses"]
    problem = json.loads(gateway["THROTTLED"]["responseTemplates"]["application/json"])
    assert (problem["title"], problem["detail"]) == (throttle.TITLE, throttle.DETAIL)
    # AND the page, which is of another origin, may read when to come again
    for name in ("THROTTLED", "QUOTA_EXCEEDED"):
        headers = gateway[name]["responseParameters"]
        assert headers["gatewayresponse.header.Access-Control-Expose-Headers"] == "'Retry-After'"
        assert headers["gatewayresponse.header.Access-Control-Allow-Origin"]
        assert int(headers["gatewayresponse.header.Retry-After"].strip("'")) >= 1


def test_answers_name_the_page_and_no_other_origin() -> None:
    # GIVEN the function with the page's origin in its variables
    script = """
import app, json, sys
event = json.load(open(sys.argv[1]))
about = {"function_name": "f", "memory_limit_in_mb": 1, "invoked_function_arn": "a", "aws_request_id": "r"}
context = type("Context", (), about)
for origin in ("https://main.page.example", "https://other.example"):
    event |= {"path": "/v1/nothing", "httpMethod": "GET", "multiValueHeaders": {"Origin": [origin]}}
    print("headers", json.dumps(app.handler(event, context())["multiValueHeaders"]))
"""
    environment = {
        **os.environ,
        "MEDASSIST_PAGE_ORIGIN": "https://main.page.example",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'lambda'}",
    }
    event = Path(__file__).with_name("events") / "ask_without_claims.json"
    done = subprocess.run(
        [sys.executable, "-c", script, event], env=environment, capture_output=True, text=True, check=True
    )
    page, other = (json.loads(line[8:]) for line in done.stdout.splitlines() if line.startswith("headers "))
    # THEN a browser may show the page what comes back, errors too, and nobody else
    assert page["Access-Control-Allow-Origin"] == ["https://main.page.example"]
    assert "Access-Control-Allow-Origin" not in other


# --- made in the emulated cloud, then used ------------------------------------------------------------------------


@dataclass(frozen=True)
class MadeStack:
    outputs: stack.Outputs
    name: str


@pytest.fixture(scope="module", params=["dev", "prod"])
def made(request: pytest.FixtureRequest, emulated_cloud: Cloud) -> MadeStack:
    """Deploy the translated template phase by phase, as `medassist deploy` does."""
    name = f"template-{request.param}"
    bucket = ""
    for phase in PHASES.values():
        values = {"Preset": request.param, "EndpointName": f"{name}-t5", **phase}
        proposal = stack.propose(name, template.translate(values), values, bucket=bucket)
        assert proposal is not None
        outputs = stack.apply(proposal)
        bucket = outputs.bucket_name
    return MadeStack(outputs, name)


def test_the_bucket_holds_what_is_uploaded(made: MadeStack, tmp_path: Path) -> None:
    # WHEN a folder is uploaded and fetched again
    (tmp_path / "a.txt").write_text("asthma")
    uri = f"s3://{made.outputs.bucket_name}/raw/test"
    assert storage.upload_folder(tmp_path, uri).uploaded == 1
    fetched = storage.download_folder(uri, tmp_path / "again")
    # THEN it is the same, and the bucket keeps versions, encrypts, and lets nobody in
    assert (fetched / "a.txt").read_text() == "asthma"
    s3, name = boto3.client("s3"), {"Bucket": made.outputs.bucket_name}
    assert s3.get_bucket_versioning(**name)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(**name)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_encryption(**name)["ServerSideEncryptionConfiguration"]["Rules"]


def test_the_table_is_the_one_that_the_code_uses(made: MadeStack) -> None:
    # WHEN an interaction is recorded and read again
    store = interactions.InteractionStore(made.outputs.table_name)
    body = {"id": interactions.new_question_id(), "question": "What is asthma?", "support": 0.5}
    store.record("caller", body)
    assert store.get("caller", body["id"]) == body
    # THEN keys and expiry are those of a table that the code makes itself
    dynamodb = boto3.client("dynamodb")
    interactions.create_table("template-by-code")
    tables = [
        dynamodb.describe_table(TableName=name)["Table"] for name in (made.outputs.table_name, "template-by-code")
    ]
    assert tables[0]["KeySchema"] == tables[1]["KeySchema"]
    assert tables[0]["AttributeDefinitions"] == tables[1]["AttributeDefinitions"]
    expiry = dynamodb.describe_time_to_live(TableName=made.outputs.table_name)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": interactions.EXPIRY_ATTRIBUTE}
    backups = dynamodb.describe_continuous_backups(TableName=made.outputs.table_name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_alarms_dashboard_and_logs_are_there(made: MadeStack) -> None:
    # The endpoint's alarms, by the names that an endpoint update is given, among all of them
    names = [alarm["AlarmName"] for alarm in boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]]
    assert set(made.outputs.endpoint_alarm_names.split(",")) < {name for name in names if name.startswith(made.name)}
    # AND the dashboard under its address, with all references resolved
    dashboard = made.outputs.dashboard_url.rpartition("/")[2]
    body = boto3.client("cloudwatch").get_dashboard(DashboardName=dashboard)["DashboardBody"]
    assert f"{made.name}-api-errors" in body
    assert "${" not in body
    # AND log groups that forget
    groups = boto3.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{made.name}")["logGroups"]
    assert [group["retentionInDays"] for group in groups] == [template.preset(made.outputs.preset)["LogRetentionDays"]]
