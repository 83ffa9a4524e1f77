"""Deployed by SAM and by CDK: events in at the bus, messages out at a subscriber."""

import json
import tomllib
import uuid

import pytest

from local_aws import until
from stack import CUSTOMER_KEY, changed
from templates import DETECTORS, ROOT

EXPECTED = tomllib.loads((ROOT / "events/expected.toml").read_text())

# For each detector a sample that violates, one that complies, and what the latter has to be changed in for it.
SAMPLES = {
    "cloudtrail-trail": ("create-without-key-and-validation", "create-sealed", {}),
    "firehose-stream": (
        "stop-encryption",
        "start-with-aws-owned-key",
        {"deliveryStreamEncryptionConfigurationInput": {"keyType": "CUSTOMER_MANAGED_CMK", "keyARN": CUSTOMER_KEY}},
    ),
    "kinesis-stream": ("stop-encryption", "start-with-customer-key", {}),
    "kms-key-lifecycle": ("schedule-deletion", "enable-rotation-every-half-year", {}),
    "kms-key-policy": ("put-open-to-anyone", "put-sealed", {}),
    "msk-cluster": ("create-open", "create-sealed", {}),
    "msk-connector": ("create-in-plaintext", "create-sealed-cdc", {}),
}


def compliant(stack, detector):
    """The complying event of a detector."""
    _, sample, change = SAMPLES[detector]
    event = stack.sample(f"{detector}/{sample}.json")
    for member, value in change.items():
        key = stack.arn("kms", f"key/{stack.replaced[CUSTOMER_KEY]}")
        event["detail"]["requestParameters"][member] = {
            name: key if text == CUSTOMER_KEY else text for name, text in value.items()
        }
    return changed(event, str(uuid.uuid4()))


@pytest.fixture(scope="session")
def told(stack):
    """Sends, for every detector, a foreign event, a failed call, a compliant and a violating one, in this order."""
    sent = {}
    for detector in (one["name"] for one in DETECTORS):
        violating = changed(stack.sample(f"{detector}/{SAMPLES[detector][0]}.json"), str(uuid.uuid4()))
        failed = changed(violating, str(uuid.uuid4()), errorCode="AccessDenied", errorMessage="not allowed")
        # calls of other services bear the same names, and other things than calls come over the bus
        foreign = changed(violating, str(uuid.uuid4()), eventSource="ecs.amazonaws.com")
        service = changed(violating, str(uuid.uuid4()))
        service["detail-type"] = "AWS Service Event via CloudTrail"
        other = changed(violating, str(uuid.uuid4()), eventName="ListTagsForResource")
        sent[detector] = {
            "foreign": [foreign, service, other],
            "failed": [failed],
            "compliant": [compliant(stack, detector)],
            "violating": [violating],
        }
        for events in sent[detector].values():
            for event in events:
                stack.put(event)
    ids = [id_of(cases["violating"][0]) for cases in sent.values()]
    return sent, stack.findings(*ids)


def id_of(event):
    return event["detail"]["eventID"]


@pytest.mark.parametrize("detector", SAMPLES)
def test_a_violation_is_told_once_with_every_broken_rule(stack, told, detector):
    sent, messages = told
    (message,) = messages[id_of(sent[detector]["violating"][0])]
    assert message["detector"] == detector
    broken = sorted(finding["rule"] for finding in message["findings"] if finding["outcome"] == "violation")
    assert broken == EXPECTED[f"{detector}/{SAMPLES[detector][0]}.json"]["violation"]


@pytest.mark.parametrize("detector", SAMPLES)
def test_a_compliant_event_is_judged_and_not_told(stack, told, detector):
    sent, messages = told
    event = sent[detector]["compliant"][0]
    name = event["detail"]["eventName"]
    until(lambda: f"judged {name}" in stack.logged(detector, id_of(event)), f"{detector} to judge {name}")
    assert id_of(event) not in messages, messages.get(id_of(event))


@pytest.mark.parametrize("detector", SAMPLES)
def test_a_failed_call_reaches_the_function_and_is_not_told(stack, told, detector):
    sent, messages = told
    event = sent[detector]["failed"][0]
    skipped = "skipped: the call failed, nothing was changed"
    until(lambda: skipped in stack.logged(detector, id_of(event)), f"{detector} to skip a failed call")
    assert id_of(event) not in messages


@pytest.mark.parametrize("detector", SAMPLES)
def test_foreign_events_reach_no_function(stack, told, detector):
    sent, messages = told
    for event in sent[detector]["foreign"]:
        assert stack.heard(id_of(event)) == set(), event["detail"]
        assert id_of(event) not in messages


def test_nothing_failed_on_the_way(stack, told):
    for queue in ("rule-dead-letters", "failed-events", "schedule-dead-letters"):
        assert stack.received(f"{stack.name}-{queue}") == []
