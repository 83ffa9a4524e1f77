"""End-to-end tests of the stack that SAM and CDK deploy: from an event on the bus to a message at a subscriber."""

import contextlib
import json
import shlex
import subprocess
import sys
import tomllib
import uuid
from datetime import datetime, timezone

import pytest

from conftest import newcomers_commands
from local_aws import until
from stack import CUSTOMER_KEY, changed
from templates import DETECTORS, ROOT, run, sealwatch

EXPECTED = tomllib.loads((ROOT / "events/expected.toml").read_text())

# A violating sample, a compliant one, and request parameters that make the latter compliant here. A detector without a row
# gets the first samples of events/expected.toml that raise only violations, and nothing else than compliance.
SAMPLES = {
    "cloudtrail-event-data-store": ("create-without-key", "create-with-customer-key", {}),
    "cloudtrail-trail": ("update-removes-key", "update-log-group-only", {}),
    "firehose-stream": (
        "stop-encryption",
        "start-with-aws-owned-key",
        {"deliveryStreamEncryptionConfigurationInput": {"keyType": "CUSTOMER_MANAGED_CMK", "keyARN": CUSTOMER_KEY}},
    ),
    "kinesis-stream": ("stop-encryption", "start-with-customer-key", {}),
    "kms-alias": ("update-to-disabled-key", "update-to-customer-key", {}),
    "kms-key-lifecycle": ("schedule-deletion", "enable-rotation-every-half-year", {}),
    "kms-key-policy": ("put-open-to-anyone", "put-sealed", {}),
    "kms-key-store": ("disconnect", "update-cluster-password", {}),
    "msk-cluster": ("create-open", "create-sealed", {}),
    "msk-connector": ("create-in-plaintext", "create-sealed-cdc", {}),
}


def samples(detector):
    if detector in SAMPLES:
        return SAMPLES[detector]
    own = {name.split("/")[1].removesuffix(".json"): set(raised) for name, raised in EXPECTED.items() if name.startswith(detector + "/")}
    first = lambda outcome, others: next(name for name, raised in own.items() if outcome in raised and raised <= others)
    return first("violation", {"violation", "compliant"}), first("compliant", {"compliant"}), {}


def call_of(event):
    """The call of an event: the name of its record, or the detail type of an event that is not about a record."""
    return event["detail"].get("eventName", event["detail-type"])


def violating_samples(detector):
    """A violating sample of each call that has one: that of the table, or else the first of events/expected.toml."""
    preferred = f"{detector}/{samples(detector)[0]}.json"
    names = [preferred] + [name for name in EXPECTED if name.startswith(f"{detector}/") and "violation" in EXPECTED[name]]
    by_call = {}
    for name in names:
        by_call.setdefault(call_of(json.loads((ROOT / "events" / name).read_text())), name)
    return by_call


CALLS = [(one["name"], call) for one in DETECTORS for call in violating_samples(one["name"])]


def test_a_detector_without_a_row_has_samples():
    for detector in list(SAMPLES):
        own = SAMPLES.pop(detector)
        try:
            violating, compliant, _ = samples(detector)
            assert "violation" in EXPECTED[f"{detector}/{violating}.json"]
            assert "violation" not in EXPECTED[f"{detector}/{compliant}.json"]
        finally:
            SAMPLES[detector] = own


def compliant(stack, detector):
    """The compliant event of a detector."""
    _, sample, change = samples(detector)
    event = stack.sample(f"{detector}/{sample}.json")
    for member, value in change.items():
        key = stack.arn("kms", f"key/{stack.replaced[CUSTOMER_KEY]}")
        event["detail"]["requestParameters"][member] = {
            name: key if text == CUSTOMER_KEY else text for name, text in value.items()
        }
    return changed(event, str(uuid.uuid4()))


@pytest.fixture(scope="session")
def sent(stack):
    """Sends events to every detector: foreign events and a failed call, which must not reach it, a compliant and a violating one."""
    events_of = {}
    for detector, detail_types in ((one["name"], one["detail_types"]) for one in DETECTORS):
        violating = changed(stack.sample(f"{detector}/{samples(detector)[0]}.json"), str(uuid.uuid4()))
        failed, redriven = (changed(violating, str(uuid.uuid4()), errorCode="AccessDenied", errorMessage="not allowed") for _ in range(2))
        # other services have calls with the same names, and the bus also carries events that are not calls
        foreign = changed(violating, str(uuid.uuid4()), eventSource="ecs.amazonaws.com")
        service = changed(violating, str(uuid.uuid4()))
        others = ["AWS Service Event via CloudTrail", "AWS Insight via CloudTrail"]
        service["detail-type"] = next(other for other in others if other not in detail_types)
        other = changed(violating, str(uuid.uuid4()), eventName="ListTagsForResource")
        events_of[detector] = {
            "foreign": [foreign, service, other, failed],
            # its rule does not match it, but a redrive can bring anything
            "failed": [redriven],
            "compliant": [compliant(stack, detector)],
            "violating": [violating],
            "others": [
                changed(stack.sample(name), str(uuid.uuid4()))
                for call, name in violating_samples(detector).items()
                if call != call_of(violating)
            ],
        }
        for case, events in events_of[detector].items():
            for event in events:
                # only AWS may send what services tell EventBridge themselves; test_patterns.py checks the patterns for them
                stack.put(event) if "eventName" in event["detail"] and case != "failed" else stack.invoke(detector, event)
    expected = {
        id_of(event): f"{detector} {call_of(event)}"
        for detector, cases in events_of.items()
        for event in cases["violating"] + cases["others"]
    }
    stack.findings(*expected, names=expected)
    return events_of


def id_of(event):
    return event["detail"].get("eventID", event["id"])


@pytest.mark.parametrize(("detector", "call"), CALLS)
def test_a_violation_is_published_once_with_every_violated_rule(stack, sent, detector, call):
    cases = sent[detector]
    (event,) = [event for event in cases["violating"] + cases["others"] if call_of(event) == call]
    # two functions evaluate CreateKey
    (message,) = [message for message in stack.messages[id_of(event)] if message["detector"] == detector]
    violated = sorted(finding["rule"] for finding in message["findings"] if finding["outcome"] == "violation")
    name = violating_samples(detector)[call]
    # what a sample creates does not exist here, so a rule that looks it up may stay silent
    assert violated if name != f"{detector}/{samples(detector)[0]}.json" else violated == EXPECTED[name]["violation"]
    assert set(violated) <= set(EXPECTED[name]["violation"])


@pytest.mark.parametrize("detector", [one["name"] for one in DETECTORS])
def test_a_compliant_event_is_evaluated_and_not_published(stack, sent, detector):
    event = sent[detector]["compliant"][0]
    name = event["detail"]["eventName"]
    for patience in (20, 60):
        try:
            until(lambda: f"evaluated {name}" in stack.logged(detector, id_of(event)), f"{detector} to evaluate {name}", patience)
            break
        except AssertionError:
            # A look-up may have timed out on a busy machine. MiniStack's bus does not retry the function, unlike Lambda.
            if patience == 60:
                raise
            stack.put(event)
    # a function publishes before it logs
    assert id_of(event) not in stack.gather(), stack.messages[id_of(event)]


@pytest.mark.parametrize("detector", [one["name"] for one in DETECTORS])
def test_a_failed_call_that_reaches_a_function_is_not_published(stack, sent, detector):
    event = sent[detector]["failed"][0]
    skipped = "skipped: the call failed and changed nothing"
    until(lambda: skipped in stack.logged(detector, id_of(event)), f"{detector} to skip a failed call")
    assert id_of(event) not in stack.gather()


def test_foreign_events_reach_no_function(stack, sent):
    reached, published = stack.reached(), stack.gather()
    for detector, cases in sent.items():
        assert id_of(cases["failed"][0]) in reached, f"{detector}: the log was read"
        for event in cases["foreign"]:
            assert id_of(event) not in reached and id_of(event) not in published, event["detail"]


def test_no_event_is_in_a_dead_letter_queue(stack, sent):
    for queue in ("rule-dead-letters", "failed-events", "schedule-dead-letters"):
        assert stack.received(f"{stack.name}-{queue}") == []


@contextlib.contextmanager
def settle_time(stack, detector, time):
    """Gives a function another settle time. Other tests of this stack need its own."""
    call = {"FunctionName": f"{stack.name}-{detector}"}
    variables = stack.lambda_.get_function_configuration(**call)["Environment"]["Variables"]
    stack.lambda_.update_function_configuration(**call, Environment={"Variables": {**variables, "SEALWATCH_SETTLE": time}})
    yield variables
    stack.lambda_.update_function_configuration(**call, Environment={"Variables": variables})


def test_a_new_stream_is_evaluated_after_the_settle_time(stack):
    """The function creates a one-time schedule in the stack's group, which invokes it again with the event."""
    event = changed(
        stack.sample("kinesis-stream/create-without-encryption.json"),
        str(uuid.uuid4()),
        eventTime=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    # the group also has the canary
    rechecks = lambda: stack.scheduler.list_schedules(GroupName=stack.name, NamePrefix="kinesis-stream-")["Schedules"]
    with settle_time(stack, "kinesis-stream", "6s") as variables:
        stack.put(event)
        (schedule,) = until(rechecks, "a schedule")
        created = stack.scheduler.get_schedule(GroupName=stack.name, Name=schedule["Name"])
        assert created["Target"]["Arn"].endswith(f":function:{stack.name}-kinesis-stream")
        assert created["Target"]["RoleArn"] == variables["SEALWATCH_SCHEDULE_ROLE_ARN"]
        assert created["Target"]["DeadLetterConfig"] == {"Arn": stack.arn("sqs", f"{stack.name}-schedule-dead-letters")}
        (message,) = stack.findings(id_of(event))[id_of(event)]
        assert {finding["rule"] for finding in message["findings"]} == {"kinesis-stream-unencrypted"}
        until(lambda: not rechecks(), "the deletion of the schedule")


ANYONE = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}


def test_a_scan_publishes_what_exists_and_is_wrong_in_one_message(stack):
    """Its daily schedule invokes the function with the time. Here the test does, because the local AWS waits for a day."""
    daily = stack.scheduler.get_schedule(GroupName=stack.name, Name=f"{stack.name}-scan")
    assert daily["Target"]["Arn"].endswith(f":function:{stack.name}-scan")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [ANYONE]})
    open_key = stack.kms.create_key(Policy=policy, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["Arn"]
    stack.account.client("kinesis").create_stream(StreamName="in-the-clear", ShardCount=1)
    stream = stack.arn("kinesis", "stream/in-the-clear")

    def scan(day):
        stack.invoke("scan", json.loads(daily["Target"]["Input"].replace("<aws.scheduler.scheduled-time>", f"{day}T05:00:00Z")))
        (message,) = until(lambda: stack.scan_of(day), f"the message of the scan; its log: {stack.log('scan')}"[-3000:])
        return message

    message = scan("2026-11-25")
    assert (message["account"], message["left_out"]) == (stack.account.id, 0)
    found = {(finding["rule"], finding["resource"]["arn"]): finding for finding in message["findings"]}
    assert {("kms-key-policy-public", open_key), ("kinesis-stream-unencrypted", stream)} <= found.keys()
    assert len(found) == len(message["findings"]), "each once"
    severities = [finding["severity"] for finding in message["findings"]]
    assert severities == sorted(severities) and set(severities) <= {"critical", "high"}  # in this order also by the alphabet
    for finding in message["findings"]:
        assert (finding["outcome"], finding["seen"], finding["event"]) == ("violation", "scan", None)
    # the key of the stack itself is as it should be
    assert not [arn for _, arn in found if arn == stack.kms.describe_key(KeyId=f"alias/{stack.name}")["KeyMetadata"]["Arn"]]

    # what is not fixed is the same finding on the next day; what is fixed is gone
    stack.kms.schedule_key_deletion(KeyId=open_key, PendingWindowInDays=7)
    stack.account.client("kinesis").delete_stream(StreamName="in-the-clear")
    again = scan("2026-11-26")
    fingerprints = {finding["id"] for finding in again["findings"]}
    kept = {finding["id"] for (_, arn), finding in found.items() if arn not in (stream, open_key)}
    assert kept <= fingerprints and found["kinesis-stream-unencrypted", stream]["id"] not in fingerprints
    assert len(stack.scan_of("2026-11-25")) == len(stack.scan_of("2026-11-26")) == 1


def test_an_attempt_to_silence_the_stack_notifies_operations(stack):
    detail = {
        "eventSource": "events.amazonaws.com",
        "eventName": "DisableRule",
        "eventTime": "2026-11-21T09:00:00Z",
        "userIdentity": {"arn": "arn:aws:iam::111122223333:user/mallory"},
        "requestParameters": {"name": f"{stack.name}-kms-key-policy"},
    }
    stack.put({"source": "aws.events", "detail-type": "AWS API Call via CloudTrail", "detail": detail})
    # the violating samples that stop or delete a trail are attempts, too
    told = lambda: [text for text in stack.received("subscriber-operations") if "DisableRule" in text]
    (text,) = until(told, "a message from the operations topic")
    assert f"{stack.name}-kms-key-policy by arn:aws:iam::111122223333:user/mallory" in text


def test_an_event_whose_finding_cannot_be_published_is_kept_and_published_after_a_redrive(stack):
    """The topic is deleted; the event ends in the queue; the topic is created again; infra/redrive resends the event.

    The function is invoked asynchronously, as EventBridge does. MiniStack's bus invokes functions without the retries
    and the on-failure destination of an asynchronous invocation; its Lambda has both.
    """
    name = f"{stack.name}-findings"
    topic = stack.arn("sns", name)
    event = changed(stack.sample("kinesis-stream/stop-encryption.json"), str(uuid.uuid4()))
    stack.sns.delete_topic(TopicArn=topic)
    stack.lambda_.invoke(FunctionName=f"{stack.name}-kinesis-stream", InvocationType="Event", Payload=json.dumps(event))
    url = stack.queue_url("failed-events")
    peek = {"QueueUrl": url, "VisibilityTimeout": 0, "WaitTimeSeconds": 1}
    (message,) = until(lambda: stack.sqs.receive_message(**peek).get("Messages"), "the event in the queue")
    kept = json.loads(message["Body"])
    assert kept["requestPayload"] == event
    assert kept["responsePayload"]["errorType"] == "PublishFailed"

    # what an operator does: look at the event, fix the cause, redrive the event
    dead_letters = json.dumps({"Messages": [message]})
    replayed = subprocess.run([sealwatch(), "replay", "--format", "json", "-"], input=dead_letters, text=True, capture_output=True)
    assert replayed.returncode == 1, replayed.stderr
    assert [json.loads(line)["event"]["id"] for line in replayed.stdout.splitlines()] == [id_of(event)]
    assert stack.sns.create_topic(Name=name)["TopicArn"] == topic
    stack.subscribe()
    redrive = [sys.executable, ROOT / "infra/redrive"]
    listed = subprocess.run([*redrive, "--dry-run", "failed-events"], env=stack.account.environment, text=True, capture_output=True)
    assert f"{id_of(event)} for {stack.name}-kinesis-stream: in the queue" in listed.stdout and listed.returncode == 1
    assert "1 messages: 1 evaluated, 0 kept" in run(*redrive, "failed-events", env=stack.account.environment)
    assert len(stack.findings(id_of(event))[id_of(event)]) == 1
    assert stack.received(f"{stack.name}-failed-events") == []


def test_a_newcomer_gets_an_alert_in_at_most_six_commands(stack, tmp_path):
    """The fixture `stack` runs the `sam deploy` of the README. This runs the command that publishes the first alert."""
    commands = newcomers_commands()
    assert len(commands) <= 6
    first_words = [command.split()[:2] for command in commands]
    assert first_words == [["pip", "install"], ["sam", "build"], ["sam", "deploy"], ["aws", "lambda"]]
    invoke = shlex.split(commands[-1])
    assert invoke.pop() == "answer.json"
    run(*invoke, str(tmp_path / "answer.json"), cwd=ROOT, env=stack.account.environment)
    sample = json.loads((ROOT / "events/kinesis-stream/stop-encryption.json").read_text())
    (message,) = stack.findings(id_of(sample))[id_of(sample)]
    assert [finding["outcome"] for finding in message["findings"]] == ["violation"]
