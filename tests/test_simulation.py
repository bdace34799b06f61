"""Scaling policies, limits and queues against what can be worked out by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from medassist.errors import ConfigurationError, DeploymentError, StorageError
from medassist.production import costs, load_test, scaling_study, simulation
from medassist.production.scaling import Policies, TargetTracking, TokenBucket, Tracker
from medassist.production.simulation import Assumptions, Outcome, ServiceTimes

ENDLESS = Assumptions(model_timeout_s=1e9, gateway_timeout_s=1e9, model_queue=10**9, put_s=0.0)


@pytest.fixture(scope="module")
def prod():
    return Policies.from_template("prod")


@pytest.fixture(scope="module")
def open_gates():
    """Return limits that never refuse: nothing but one instance of the model makes anybody wait."""
    return replace(scaling_study.local_policies(), reserved_concurrency=10**6)


# --- limits and policies ------------------------------------------------------------------------------------------


def test_a_bucket_lets_a_burst_through_and_then_its_rate():
    # GIVEN 2 a second and a burst of 3, WHEN 5 come at once and 4 a second later
    bucket = TokenBucket(2.0, 3.0)
    at_once, later = [bucket.take(0.0) for _ in range(5)], [bucket.take(1.0) for _ in range(4)]
    # THEN 3 pass, then the 2 that have been refilled; after a long pause no more than the burst
    assert (sum(at_once), sum(later)) == (3, 2)
    assert sum(bucket.take(1e6) for _ in range(10)) == 3


def test_a_bucket_that_grows_keeps_what_it_holds():
    bucket = TokenBucket(1.0, 10.0)
    assert all(bucket.take(0.0) for _ in range(10))
    bucket.refill(4.0, rate=2.0, size=20.0)  # 4 tokens by now
    assert sum(bucket.take(5.0) for _ in range(10)) == 6  # and 2 of the next second


def observe(tracker, metrics, capacity):
    capacities = []
    for minute, metric in enumerate(metrics, start=1):
        capacity = tracker.observe(60.0 * minute, metric, capacity)
        capacities.append(capacity)
    return capacities


def test_capacity_is_added_after_three_minutes_above_the_target():
    # GIVEN 2 instances with a target of 300 a minute each, WHEN each gets 750
    tracker = Tracker(TargetTracking(least=2, most=8, target=300.0))
    # THEN nothing happens for two minutes, and then there are 2 * 750 / 300 = 5
    assert observe(tracker, [750, 750, 750], 2) == [2, 2, 5]
    # and never more than the most
    assert observe(tracker, [9_000], 5) == [8]


def test_one_minute_at_the_target_puts_it_off():
    tracker = Tracker(TargetTracking(least=1, most=8, target=300.0))
    assert observe(tracker, [400, 400, 300, 400, 400], 2) == [2] * 5


def test_capacity_is_removed_after_a_quarter_of_an_hour_below_nine_tenths():
    # GIVEN 6 instances at a third of the target, WHEN that lasts 15 minutes, THEN 6 * 100 / 300 = 2 remain
    tracker = Tracker(TargetTracking(least=1, most=8, target=300.0))
    assert observe(tracker, [100] * 15, 6) == [6] * 14 + [2]
    # between nine tenths of the target and the target nothing happens
    assert observe(Tracker(TargetTracking(least=1, most=8, target=300.0)), [280] * 40, 6) == [6] * 40


def test_a_cool_down_lets_only_a_larger_scale_out_through():
    # GIVEN a cool-down of 5 minutes after growing to 4
    tracker = Tracker(TargetTracking(least=1, most=50, target=100.0, out_cooldown_s=300.0))
    assert observe(tracker, [200, 200, 200], 2)[-1] == 4
    # WHEN 3 would do, it stays at what is set; WHEN more than the last time is wanted, it grows at once
    assert tracker.observe(240.0, 101.0, 2) == 2
    assert tracker.observe(300.0, 300.0, 4) == 12


def test_policies_come_from_the_template(prod):
    sizes = prod.sizes
    assert prod.api_rate == sizes["ApiRateLimit"]
    assert (prod.model.least, prod.model.most) == (sizes["EndpointMinInstances"], sizes["EndpointMaxInstances"])
    assert prod.model.out_cooldown_s == sizes["EndpointScaleOutCooldown"]
    assert prod.function.target == sizes["ProvisionedUtilization"]
    assert (prod.writes.target, prod.writes.in_threshold) == (70, 50)
    # dev has none of them: serverless, on demand, snapshots
    dev = Policies.from_template("dev")
    assert (dev.model, dev.writes, dev.function, dev.snapstart) == (None, None, None, True)


def test_a_changed_value_takes_the_place_of_the_presets():
    changed = Policies.from_template("prod", ApiRateLimit=500, EndpointMinInstances=5, ReservedConcurrency=900)
    assert (changed.api_rate, changed.model.least, changed.reserved_concurrency) == (500, 5, 900)
    with pytest.raises(ConfigurationError, match="no value 'ApiRatLimit'"):
        Policies.from_template("prod", ApiRatLimit=500)
    with pytest.raises(DeploymentError, match="no preset 'stage'"):
        Policies.from_template("stage")


# --- queues -------------------------------------------------------------------------------------------------------


def test_one_worker_with_constant_service_waits_as_m_d_1_does(open_gates):
    # GIVEN 8 a second and 0.1 s each, utilisation 0.8
    arrival = simulation.poisson([8.0] * 100, seed=1)  # some 48,000
    times = ServiceTimes.constant(model=0.1)
    # WHEN one worker serves them
    one = replace(ENDLESS, model_workers=1)
    result = simulation.run(arrival, open_gates, times, one)
    # THEN the mean time in the system is Pollaczek and Khinchine's 0.1 + 0.8 * 0.1 / (2 * 0.2) = 0.3 s
    assert np.mean(result.latency) == pytest.approx(0.3, rel=0.05)
    assert np.mean(result.series.model_busy) == pytest.approx(0.8, rel=0.02)


def test_one_worker_with_exponential_service_waits_as_m_m_1_does(open_gates):
    draw = np.random.default_rng(2)
    model = draw.exponential(0.1, 50_000)
    times = ServiceTimes(0 * model, model, 0 * model, 1)
    result = simulation.run(
        simulation.poisson([5.0] * 150, seed=3), open_gates, times, replace(ENDLESS, model_workers=1)
    )
    # 1 / (10 - 5) = 0.2 s; the 95th percentile of an exponential is ln 20 of its mean
    assert np.mean(result.latency) == pytest.approx(0.2, rel=0.05)
    assert np.percentile(result.latency, 95) == pytest.approx(0.2 * math.log(20), rel=0.07)


def test_a_question_alone_takes_the_sum_of_its_stages(open_gates):
    times = ServiceTimes.constant(search=0.01, model=0.2, ground=0.05)
    result = simulation.run(np.array([0.0, 10.0]), open_gates, times, Assumptions(put_s=0.02))
    assert result.latency == pytest.approx([0.28, 0.28])


def test_shared_processors_make_computing_wait(open_gates):
    # GIVEN three at once that compute a second each, WHEN two processors are shared
    times = ServiceTimes.constant(search=1.0)
    result = simulation.run(np.zeros(3), open_gates, times, replace(ENDLESS, cores=2))
    # THEN the third waits for one of the others
    assert sorted(result.latency) == pytest.approx([1.0, 1.0, 2.0])


# --- what breaks --------------------------------------------------------------------------------------------------

STAGES = ServiceTimes.constant(search=0.02, model=0.05, ground=0.03, write_units=8)


def test_every_question_is_accounted_for(prod):
    result = simulation.run(simulation.poisson(simulation.jump(150, before=3, during=4, after=3), 5), prod, STAGES)
    counts = result.counts()
    assert sum(counts.values()) == len(result.arrival)
    assert counts["api_throttled"] > 0
    assert counts["written"] > 0
    failures = sum(
        series.sum() for cause, series in result.failures_by_cause().items() if cause != simulation.NOT_STORED
    )
    assert failures + counts["written"] + counts["unasked"] == len(result.arrival)


def test_without_enough_environments_the_rest_is_refused(prod):
    # GIVEN 10 executions at most, 2 of them provisioned, WHEN 30 come at once
    narrow = replace(prod, reserved_concurrency=10)
    result = simulation.run(np.zeros(30), narrow, STAGES)
    # THEN 10 are answered: 2 at once, 8 after a start, of which one may wait for a worker of the model
    assert result.counts()["written"] == 10
    assert result.counts()["function_throttled"] == 20
    answered = np.sort(result.latency[result.answered])
    assert answered[:2] == pytest.approx([0.11, 0.11])
    assert answered[2:] == pytest.approx(0.11 + Assumptions().start_s, abs=0.06)


def test_who_waits_longer_than_the_limit_gets_a_quotation(prod):
    # GIVEN one worker of 4 s, WHEN four ask at once and the function waits 10 s
    single = replace(prod, model=replace(prod.model, least=1))
    times = ServiceTimes.constant(model=4.0)
    result = simulation.run(
        np.zeros(4), single, times, Assumptions(model_workers=1, start_s=0.0, put_s=0.0, model_timeout_s=10.0)
    )
    # THEN two are answered after 4 and 8 s, and two by quotation after 10
    assert result.counts()["model_slow"] == 2
    assert sorted(result.latency) == pytest.approx([4.0, 8.0, 10.0, 10.0])


def test_a_full_queue_refuses_at_once(prod):
    single = replace(prod, model=replace(prod.model, least=1))
    slow = ServiceTimes.constant(model=1.0)
    result = simulation.run(np.zeros(8), single, slow, Assumptions(model_workers=1, model_queue=3, start_s=0.0))
    assert result.counts()["model_full"] == 4  # one is served, three wait


def test_a_serverless_endpoint_refuses_beyond_its_limit_and_starts_slowly():
    # GIVEN dev with 5 calls at once and 15 s to start a container, WHEN 8 ask, and 5 more a minute later
    dev = Policies.from_template("dev")
    result = simulation.run(np.array([0.0] * 8 + [60.0] * 5), dev, STAGES)
    # THEN the first 5 are quoted after 10 s, 3 at once, and the later ones find warm containers
    assert list(result.outcome[:8]).count(Outcome.MODEL_SLOW) == 5
    assert list(result.outcome[:8]).count(Outcome.MODEL_FULL) == 3
    assert set(result.outcome[8:]) == {Outcome.WRITTEN}


def test_write_capacity_lasts_as_long_as_its_savings(prod):
    # GIVEN 10 units a second with 300 s saved, and 8 units a question, WHEN 5 questions a second come for two minutes
    table = replace(prod, writes=replace(prod.writes, least=10, most=10))
    result = simulation.run(np.arange(600) / 5.0, table, STAGES)
    # THEN 40 units a second drain 3,000 + 10 a second in 100 s; what is then refused twice is not stored
    lost = result.arrival[~result.stored]
    assert lost.min() == pytest.approx(100, abs=2)
    assert result.first_break() == (simulation.NOT_STORED, 1)


def test_a_steady_load_above_the_target_brings_instances_after_alarm_and_start(prod):
    # GIVEN 2 instances, a target of 300 a minute and instance, WHEN 20 a second come: 1,200 a minute
    result = simulation.run(simulation.poisson([20.0] * 30, 7), prod, STAGES)
    wanted, serving = result.series.wanted_instances, result.series.instances
    # THEN 4 or 5 are wanted from the third minute on, and serve five minutes later
    assert wanted[:2] == [2, 2]
    assert wanted[2] in (4, 5)
    assert serving[6] == 2
    assert serving[8] == wanted[2]


def test_more_instances_never_make_it_worse(prod):
    arrival, times = simulation.poisson([60.0] * 6, 11), ServiceTimes.constant(model=0.2)
    shares = []
    for count in (1, 2, 4):
        policies = replace(prod, model=TargetTracking(least=count, most=count, target=300.0))
        shares.append(simulation.run(arrival, policies, times).counts()["written"])
    assert shares[0] < shares[1] < shares[2]


def test_what_breaks_is_mended_until_it_holds():
    # GIVEN half as much again as prod's API lets through
    steps = scaling_study.mend(simulation.jump(150, before=2, during=4, after=1), "prod", STAGES)
    # THEN its throttle breaks, the setting that is meant for it is changed, and the last run holds
    broken = {step.breaks: step.changed for step in steps}
    assert broken["API Gateway's throttle"] == {"ApiRateLimit": 190.0, "ApiBurstLimit": 380.0}
    assert steps[-1].breaks == ""
    assert steps[-1].result.counts()["written"] > 0.99 * len(steps[-1].result.arrival)


# --- arrivals, costs, measurements --------------------------------------------------------------------------------


def test_a_day_has_its_curve_and_its_burst():
    rates = simulation.day(86_400, burst_at_hour=14, burst_minutes=20, burst=10)
    assert rates[14 * 60 : 14 * 60 + 20] == pytest.approx(10.0)
    assert rates[: 14 * 60].argmin() // 60 in (2, 3, 4)
    assert simulation.day(86_400, burst_minutes=0).mean() == pytest.approx(1.0)
    counts = len(simulation.poisson(rates, 1))
    assert counts == pytest.approx(rates.sum() * 60, rel=0.02)
    assert np.array_equal(simulation.poisson(rates, 1), simulation.poisson(rates, 1))


def test_an_idle_hour_costs_what_is_kept_ready(prod):
    # GIVEN an hour without a question
    prices = costs.Prices.load()
    hourly = scaling_study.cost_by_hour(simulation.run(np.array([]), prod, STAGES, minutes=60), WORKLOAD, prices)
    # THEN 2 instances, 2 environments of 1,769 MB and 20 write units are paid for
    assert hourly["SageMaker"][0] == pytest.approx(2 * 0.23)
    assert hourly["Lambda"][0] == pytest.approx(2 * 3600 * 1769 / 1024 * 0.0000041667)
    assert hourly["DynamoDB"][0] == pytest.approx(20 * 0.00065)
    assert hourly["API Gateway"][0] == 0


WORKLOAD = costs.Workload(
    handler_s=0.1, model_s=0.05, model_share=1.0, item_bytes=8000, response_bytes=8000, log_bytes=1000
)


def test_arrivals_out_of_order_are_refused(prod):
    with pytest.raises(ConfigurationError, match="not in the order"):
        simulation.run(np.array([2.0, 1.0]), prod, STAGES)


def test_the_stored_measurements_can_be_read_and_predicted():
    found = load_test.Measurements.read()
    assert len(found.timings) >= 100
    assert {point.target for point in found.load} == {"api", "endpoint"}
    # AND the endpoint, one worker with a queue, is what the simulation says; the API's tails are other programs' too
    for point in (point for point in found.load if point.target == "endpoint"):
        prediction = scaling_study.predict(point, found)
        assert prediction.errors == pytest.approx((0, 0), abs=0.25)
        assert prediction.predicted_busy == pytest.approx(prediction.measured_busy, abs=0.1)


def test_measurements_are_written_and_read_again(tmp_path):
    found = load_test.Measurements.read()
    path = found.write(tmp_path / "load.json")
    assert load_test.Measurements.read(path) == found
    path.write_text("{}")
    with pytest.raises(StorageError, match="is damaged"):
        load_test.Measurements.read(path)
    with pytest.raises(StorageError, match="does not exist"):
        load_test.Measurements.read(tmp_path / "none.json")


def test_an_items_size_follows_dynamodbs_rules():
    # names 1 + 1 + 1; "ab" 2; 12.5 has three digits: 2 + 1; a list 3 + one element of 1 + 1
    item = {"a": {"S": "ab"}, "b": {"N": "12.5"}, "c": {"L": [{"BOOL": True}]}}
    assert load_test.item_bytes(item) == 3 + 2 + 3 + 5
    assert load_test.item_bytes({"m": {"M": {"é": {"NULL": True}}}}) == 1 + 3 + 1 + 2 + 1


def test_overlapping_spans_are_busy_once():
    assert load_test.busy_share([(0, 2), (1, 3), (5, 6)]) == pytest.approx(4 / 6)
    assert load_test.busy_share([]) == 0
