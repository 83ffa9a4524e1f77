"""`sealwatch doctor` on the deployed stack: it is well, and then one thing is broken after the other."""

import contextlib
import json
import subprocess

import pytest

from templates import sealwatch

# In these tests, no canary has come back and no scan has finished yet.
UNCHECKED = {"canary", "scan"}


def doctor(stack):
    """The exit status, the names of the faults, and the checks that could not be done."""
    command = [sealwatch(), "doctor", "--stack", stack.name, "--format", "json"]
    done = subprocess.run(command, env=stack.account.environment, capture_output=True, text=True, timeout=120)
    assert done.stdout, done.stderr
    checks = json.loads(done.stdout)["checks"]
    faults = [problem["fault"] for check in checks for problem in check["problems"]]
    return done.returncode, faults, {check["name"] for check in checks if check["unchecked"]}


@pytest.fixture(scope="module")
def well(stack):
    """The deployed stack with its own event patterns, and a trail. Both are put back for other tests."""
    rules = stack.events.list_rules()["Rules"]
    for rule in rules:
        pattern = json.loads(rule["EventPattern"])
        pattern["source"] = [source.replace("test.", "aws.", 1) for source in pattern["source"]]
        stack.events.put_rule(Name=rule["Name"], EventPattern=json.dumps(pattern))
    trails = stack.account.client("cloudtrail")
    stopped = [one["TrailARN"] for one in trails.describe_trails()["trailList"] if not trails.get_trail_status(Name=one["TrailARN"])["IsLogging"]]
    for trail in stopped:
        trails.start_logging(Name=trail)
    for name in ("rule-dead-letters", "failed-events", "schedule-dead-letters"):
        stack.sqs.purge_queue(QueueUrl=stack.queue_url(name))
    yield stack
    for trail in stopped:
        trails.stop_logging(Name=trail)
    stack.match_test_sources()


@contextlib.contextmanager
def disabled_rule(stack):
    stack.events.disable_rule(Name=f"{stack.name}-kms-alias")
    yield
    stack.events.enable_rule(Name=f"{stack.name}-kms-alias")


@contextlib.contextmanager
def switched_off_function(stack):
    stack.lambda_.put_function_concurrency(FunctionName=f"{stack.name}-kms-alias", ReservedConcurrentExecutions=0)
    yield
    stack.lambda_.delete_function_concurrency(FunctionName=f"{stack.name}-kms-alias")


@contextlib.contextmanager
def disabled_key(stack):
    key = stack.kms.describe_key(KeyId=f"alias/{stack.name}")["KeyMetadata"]["KeyId"]
    stack.kms.disable_key(KeyId=key)
    yield
    stack.kms.enable_key(KeyId=key)


@contextlib.contextmanager
def dead_letter(stack):
    url = stack.queue_url("failed-events")
    stack.sqs.send_message(QueueUrl=url, MessageBody="{}")
    yield
    stack.sqs.purge_queue(QueueUrl=url)


@contextlib.contextmanager
def mute_alarm(stack):
    alarms = stack.account.client("cloudwatch")
    alarms.disable_alarm_actions(AlarmNames=[f"{stack.name}-failed-events"])
    yield
    alarms.enable_alarm_actions(AlarmNames=[f"{stack.name}-failed-events"])


def test_a_deployed_stack_is_well(well):
    status, faults, unchecked = doctor(well)
    assert (faults, unchecked) == ([], UNCHECKED)
    assert status == 2  # because of them


@pytest.mark.parametrize(
    ("breaks", "fault"),
    [
        (disabled_rule, "rule-disabled"),
        (switched_off_function, "function-switched-off"),
        (disabled_key, "key-disabled"),
        (dead_letter, "queue-not-empty"),
        (mute_alarm, "alarm-mute"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_broken_is_named(well, breaks, fault):
    with breaks(well):
        _, faults, _ = doctor(well)
    assert faults == [fault]
