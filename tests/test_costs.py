"""The monthly estimate against sums done by hand, and what it says to wrong input."""

import json
from dataclasses import replace

import pytest

from medassist import cli
from medassist.errors import ConfigurationError, DeploymentError
from medassist.production import costs, template
from medassist.production.costs import DAYS, Parts, Prices, Workload

# Round numbers: a second in the function, half of it in the model, 8 KB stored, 2 KB logged with the platform's lines.
WORKLOAD = Workload(
    handler_s=1.0,
    model_s=0.5,
    model_share=1.0,
    item_bytes=8 * 1024,
    response_bytes=10_000,
    log_bytes=1_050,
    put_s=0.0,
    other_calls=0.0,
    questions_a_user=30.0,
    page_loads=0.0,
)
NO_PARTS = Parts(0, 0, 0, 0, 0, 0, protected_logs=False, ephemeral_mb=512)
SIZES = {
    "LambdaMemory": 1024,
    "ProvisionedMin": 0,
    "ProvisionedMax": 0,
    "EndpointMaxInstances": 0,
    "ServerlessMemory": 4096,
    "TableWriteMax": 0,
    "LogRetentionDays": 30,
}
PROD_SIZES = SIZES | {
    "ProvisionedMin": 2,
    "ProvisionedMax": 50,
    "ProvisionedUtilization": 0.5,
    "EndpointInstanceType": "ml.m5.xlarge",
    "EndpointMinInstances": 2,
    "EndpointMaxInstances": 8,
    "EndpointInvocationsTarget": 300,
    "TableReadMin": 5,
    "TableReadMax": 500,
    "TableWriteMin": 20,
    "TableWriteMax": 1000,
    "TableUtilization": 70,
}


def test_a_month_of_a_thousand_questions_a_day_on_demand():
    # GIVEN 1,000 questions a day, WHEN a month is counted
    used = costs.monthly_use(SIZES, NO_PARTS, WORKLOAD, 1000)
    questions = 1000 * DAYS
    # THEN each is a call, a second of 1 GB, half a second of 4 GB in the model, 8 write units
    assert used["api_requests"] == pytest.approx(questions)
    assert used["lambda_duration"] == pytest.approx(questions)
    assert used["serverless_duration"] == pytest.approx(2 * questions)
    assert used["table_writes"] == pytest.approx(8 * questions)
    assert used["log_ingestion"] == pytest.approx(questions * 2200e-9)
    assert used["users"] == pytest.approx(questions / 30)
    # and 90 days of answers lie in the table, each with DynamoDB's 100 bytes
    assert used["table_storage"] == pytest.approx(1000 * 90 * (8192 + 100) / 1e9)
    # and the snapshot is kept all month
    assert used["snapstart_cache"] == pytest.approx(DAYS * 86_400)


def test_an_hour_at_ten_questions_a_second_provisioned():
    # GIVEN 10 a second, THEN 10 environments are busy, 20 kept at a target of one half, none starts beyond them
    used = costs.hourly_use(PROD_SIZES, NO_PARTS, WORKLOAD, 10.0)
    assert used["lambda_provisioned"] == pytest.approx(20 * 3600)
    assert used["lambda_provisioned_duration"] == pytest.approx(10 * 3600)
    assert used["lambda_duration"] == 0
    # 600 calls a minute need 2 instances of 300; 80 write units a second need 80 / 0.7, rounded up
    assert used["endpoint_ml.m5.xlarge"] == 2
    assert used["table_write_capacity"] == 115
    # X-Ray traces the first of each second and a twentieth of the others: 1 + 0.05 * 9 a second
    assert used["traces"] == pytest.approx(3600 * 1.45, rel=1e-3)


def test_beyond_the_most_the_rest_runs_on_demand():
    # GIVEN 100 a second and at most 50 provisioned environments
    used = costs.hourly_use(PROD_SIZES, NO_PARTS, WORKLOAD, 100.0)
    assert used["lambda_provisioned_duration"] == pytest.approx(50 * 3600)
    assert used["lambda_duration"] == pytest.approx(50 * 3600)
    assert used["endpoint_ml.m5.xlarge"] == 8


def test_tiers_are_paid_one_after_the_other():
    prices = Prices.load()
    # 333 million at 3.50 and 100 million at 2.80 a million
    assert prices.cost("api_requests", 433e6) == pytest.approx(333 * 3.5 + 100 * 2.8)
    assert prices.cost("api_requests", 0) == 0


def test_without_questions_nothing_but_the_idle_cost_is_left():
    for preset in ("dev", "prod"):
        found = costs.estimate(preset, 0, workload=WORKLOAD)
        assert found.monthly == pytest.approx(found.idle)
        assert found.per_question == 0


def test_idle_prod_pays_for_what_is_kept_ready():
    # GIVEN prod's sizes, THEN its instances cost 730 hours each, and dev has none
    sizes = template.preset("prod")
    services = costs.estimate("prod", 0, workload=WORKLOAD).by_service()
    assert services["SageMaker"][1] == pytest.approx(sizes["EndpointMinInstances"] * 0.23 * 24 * DAYS)
    assert "SageMaker" not in costs.estimate("dev", 0, workload=WORKLOAD).by_service()


def test_the_parts_add_up_and_more_questions_cost_more():
    few, many = (costs.estimate("prod", count, workload=WORKLOAD) for count in (1_000, 100_000))
    assert sum(month for month, _ in few.by_service().values()) == pytest.approx(few.monthly)
    assert few.monthly == pytest.approx(few.idle + few.per_question * 1_000 * DAYS)
    assert many.monthly > few.monthly
    assert many.idle == pytest.approx(few.idle)


def test_what_is_paid_by_the_piece_is_counted_in_the_template():
    resources = template.load()["Resources"]
    parts = Parts.of_template("prod")
    assert parts.keys == sum(each["Type"] == "AWS::KMS::Key" for each in resources.values())
    assert parts.firewalls == 1
    assert parts.firewall_rules >= 1
    # four policies at least: 2 alarms each, DynamoDB's 4
    assert parts.alarm_metrics > 12
    assert Parts.of_template("dev").keys == 0


def test_every_price_has_its_source_and_date():
    for name, entry in Prices.load().entries.items():
        assert entry["value"] > 0, name
        assert "https://" in entry["source"], name
        assert entry["as_of"], name
        assert entry["unit"], name


@pytest.mark.parametrize("preset", ["dev", "prod"])
def test_every_instance_and_unit_of_the_presets_has_a_price(preset):
    # WHEN it is estimated with the stored measurements, THEN no price is missing
    assert costs.estimate(preset, 5_000).monthly > 0


def test_an_instance_without_a_price_is_named():
    with pytest.raises(ConfigurationError, match=r"no price 'endpoint_ml\.g5\.xlarge' for us-east-1"):
        Prices.load().cost("endpoint_ml.g5.xlarge", 1)


@pytest.mark.parametrize("count", [-1, float("nan"), float("inf")])
def test_a_number_of_questions_that_cannot_be(count):
    with pytest.raises(ConfigurationError, match="questions a day, but there must be 0 or more"):
        costs.estimate("dev", count, workload=WORKLOAD)


def test_unknown_preset_and_region():
    with pytest.raises(DeploymentError, match="no preset 'stage'"):
        costs.estimate("stage", 1, workload=WORKLOAD)
    with pytest.raises(ConfigurationError, match="no prices of 'eu-west-9', only of us-east-1"):
        costs.estimate("dev", 1, region="eu-west-9", workload=WORKLOAD)


def test_a_damaged_table_is_one_sentence(tmp_path):
    (tmp_path / "prices.json").write_text("{")
    with pytest.raises(ConfigurationError, match=r"prices\.json cannot be read"):
        Prices.load(path=tmp_path / "prices.json")


def test_the_command_prints_services_idle_cost_assumptions_and_sources(capsys):
    assert cli.main(["cost", "--preset", "prod", "--questions-per-day", "5000"]) == 0
    printed = capsys.readouterr().out
    for words in (
        "SageMaker",
        "of it idle",
        "5,000 questions a day",
        "(assumed)",
        "(measured 20",
        "Left out:",
        "Sources:",
    ):
        assert words in printed


def test_the_command_prints_json(capsys):
    assert cli.main(["cost", "--questions-per-day", "100", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["monthly"] == pytest.approx(sum(line["monthly"] for line in found["lines"]))
    assert found["preset"] == "dev"


def test_the_command_names_what_is_wrong(capsys):
    assert cli.main(["cost", "--questions-per-day", "-5"]) == 1
    assert "there must be 0 or more" in capsys.readouterr().err


def test_logs_that_are_searched_for_identifiers_cost_more():
    guarded = replace(NO_PARTS, protected_logs=True)
    assert costs.hourly_use(SIZES, guarded, WORKLOAD, 1.0)["log_protection"] == pytest.approx(3600 * 2200e-9)
    assert costs.hourly_use(SIZES, NO_PARTS, WORKLOAD, 1.0)["log_protection"] == 0
