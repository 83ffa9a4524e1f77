"""A drill: a fault at each edge of a deployed stack. Nothing is lost, nobody is told twice, operations hears of each.

What the local AWS does not do is done here, and named so: `Proxy` of faults.py rejects calls, and `alarms` sets each
alarm to the state that CloudWatch would give it, because the local AWS measures no queues.
"""

import json
import sys
import uuid
from datetime import datetime, timezone

import pytest

from faults import Fault
from local_aws import until
from stack import changed
from templates import ROOT, run

KEY_DISABLED = Fault("sns", 400, "KMSDisabled", "The request was rejected because the specified KMS key is not enabled.")
REJECTED = Fault("sns", 403, "AuthorizationError", "not authorized to perform: SNS:Publish")
NO_SCHEDULE = Fault("scheduler", 403, "AccessDeniedException", "not authorized to perform: scheduler:CreateSchedule")
NO_ANSWER = Fault("kms", 500, "KMSInternalException", "The request was rejected because an internal exception occurred.")

# A fault, the detector and the sample whose event meets it, and the errorType of the failed invocation.
FAULTS = {
    "SNS rejects the message": (REJECTED, "kinesis-stream", "stop-encryption", "PublishFailed"),
    "the key of the findings is disabled": (KEY_DISABLED, "kinesis-stream", "stop-encryption", "PublishFailed"),
    "no re-check can be scheduled": (NO_SCHEDULE, "kinesis-stream", "create-without-encryption", "ScheduleFailed"),
    "KMS does not answer": (NO_ANSWER, "kinesis-stream", "start-with-disabled-key", "LookupFailed"),
}


def fresh(stack, detector, sample):
    """An event that no test has sent, of a call that was made just now."""
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return changed(stack.sample(f"{detector}/{sample}.json"), str(uuid.uuid4()), eventTime=now)


def waiting(stack, queue):
    """How many messages a queue holds."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = stack.sqs.get_queue_attributes(QueueUrl=stack.queue_url(queue), AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def alarms(stack):
    """Sets the alarms on waiting messages to the state that CloudWatch would give them; returns those that fire."""
    cloudwatch = stack.account.client("cloudwatch")
    firing = []
    for alarm in cloudwatch.describe_alarms(AlarmNamePrefix=f"{stack.name}-")["MetricAlarms"]:
        if alarm["MetricName"] != "ApproximateNumberOfMessagesVisible":
            continue
        (queue,) = [one["Value"] for one in alarm["Dimensions"]]
        breaches = waiting(stack, queue.removeprefix(f"{stack.name}-")) >= alarm["Threshold"]
        state = "ALARM" if breaches else "OK"
        cloudwatch.set_alarm_state(AlarmName=alarm["AlarmName"], StateValue=state, StateReason="the queue's number of messages")
        firing += [alarm["AlarmName"]] if breaches else []
    return firing


def told(stack, about):
    """Waits until operations got a message that mentions this, and returns it."""
    texts = []

    def arrived():
        texts.extend(stack.received("subscriber-operations"))
        return [text for text in texts if about in text]

    return until(arrived, f"a message to operations about {about}")[0]


def redrive(stack, queue):
    return run(sys.executable, ROOT / "infra/redrive", queue, env=stack.account.environment)


@pytest.fixture
def proxy(stack, aws):
    yield aws.proxy
    aws.proxy.heal(stack.account.id)


@pytest.mark.parametrize("name", FAULTS)
def test_an_event_that_meets_a_fault_waits_is_reported_to_operations_and_published_once_after_a_redrive(stack, proxy, name):
    fault, detector, sample, error_type = FAULTS[name]
    event = fresh(stack, detector, sample)
    event_id = event["detail"]["eventID"]
    proxy.inject(stack.account.id, fault)
    stack.invoke(detector, event)
    until(lambda: waiting(stack, "failed-events") == 1, "the event in the queue")
    assert alarms(stack) == [f"{stack.name}-failed-events"]
    assert "failed-events" in told(stack, '"NewStateValue": "ALARM"')
    assert event_id not in stack.gather(), "published although it failed"

    proxy.heal(stack.account.id)
    assert "1 evaluated, 0 kept" in redrive(stack, "failed-events")
    assert waiting(stack, "failed-events") == 0 and alarms(stack) == []
