"""A drill: a fault at each edge of a deployed stack. Nothing is lost, nobody is told twice, operations hears of each.

What the local AWS does not do is done here, and named so: `Proxy` of faults.py rejects calls, and `alarms` sets each
alarm to the state that CloudWatch would give it, because the local AWS measures no queues.
"""

import json
import sys
import uuid
from datetime import datetime, timezone

import pytest

from faults import Fault, Instead
from local_aws import until
from stack import changed
from templates import ROOT, run

KEY_DISABLED = Fault("sns", 400, "KMSDisabled", "The request was rejected because the specified KMS key is not enabled.")
REJECTED = Fault("sns", 403, "AuthorizationError", "not authorized to perform: SNS:Publish")
NO_SCHEDULE = Fault("scheduler", 403, "AccessDeniedException", "not authorized to perform: scheduler:CreateSchedule")
NO_ANSWER = Fault("kms", 500, "KMSInternalException", "The request was rejected because an internal exception occurred.")

# The local AWS lists subscriptions that nobody has confirmed like any other. SNS lists them without an ARN:
# https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
PENDING = Instead(
    "sns",
    "Action=ListSubscriptionsByTopic",
    '<ListSubscriptionsByTopicResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ListSubscriptionsByTopicResult><Subscriptions>'
    "<member><SubscriptionArn>PendingConfirmation</SubscriptionArn><Protocol>email</Protocol><Endpoint>nobody@example.com</Endpoint></member>"
    "</Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>",
)

# A fault, the detector and the sample whose event meets it, and the errorType of the failed invocation.
FAULTS = {
    "SNS rejects the message": (REJECTED, "kinesis-stream", "stop-encryption", "PublishFailed"),
    "the key of the findings is disabled": (KEY_DISABLED, "kinesis-stream", "stop-encryption", "PublishFailed"),
    "no re-check can be scheduled": (NO_SCHEDULE, "kinesis-stream", "create-without-encryption", "ScheduleFailed"),
    "KMS does not answer": (NO_ANSWER, "kinesis-stream", "start-with-disabled-key", "LookupFailed"),
}


def fresh(stack, detector, sample):
    """An event of a call that someone makes now."""
    time = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return changed(stack.sample(f"{detector}/{sample}.json"), str(uuid.uuid4()), eventTime=time)


def recheck_now(stack, detector, event_id):
    """Does what the schedule of a re-check does, without waiting for the settle time of five minutes."""
    schedules = stack.scheduler.list_schedules(GroupName=stack.name)["Schedules"]
    (schedule,) = [one for one in schedules if event_id in one["Name"]]
    target = stack.scheduler.get_schedule(GroupName=stack.name, Name=schedule["Name"])["Target"]
    stack.scheduler.delete_schedule(GroupName=stack.name, Name=schedule["Name"])
    assert target["Arn"] == stack.arn("lambda", f"function:{stack.name}-{detector}")
    stack.invoke(detector, json.loads(target["Input"]))


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


def call(service, name, parameters):
    """The event of a call that someone makes now."""
    detail = {
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "eventID": str(uuid.uuid4()),
        "eventTime": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "userIdentity": {"arn": "arn:aws:iam::111122223333:user/mallory"},
        "sourceIPAddress": "198.51.100.7",
        "requestParameters": parameters,
    }
    return {"source": f"aws.{service}", "detail-type": "AWS API Call via CloudTrail", "detail": detail}


def listed(stack, queue):
    """The messages in a queue, which stay there."""
    return json.dumps(stack.sqs.receive_message(QueueUrl=stack.queue_url(queue), VisibilityTimeout=0, WaitTimeSeconds=1))


def redrive(stack, queue):
    return run(sys.executable, ROOT / "infra/redrive", queue, env=stack.account.environment)


# The events of this drill, by the id of the account: each must be published exactly once in the end.
SENT = {}


def sent(stack, event):
    SENT.setdefault(stack.account.id, []).append(event["detail"]["eventID"])
    return event


@pytest.fixture
def proxy(stack, aws):
    yield aws.proxy
    aws.proxy.heal(stack.account.id)


def test_while_all_is_well_no_alarm_is_raised(stack):
    assert alarms(stack) == []


@pytest.mark.parametrize("name", FAULTS)
def test_an_event_that_meets_a_fault_waits_is_reported_to_operations_and_published_once_after_a_redrive(stack, proxy, name):
    fault, detector, sample, error_type = FAULTS[name]
    event = sent(stack, fresh(stack, detector, sample))
    event_id = event["detail"]["eventID"]
    proxy.inject(stack.account.id, fault)
    stack.invoke(detector, event)
    until(lambda: waiting(stack, "failed-events") == 1, "the event in the queue")
    assert alarms(stack) == [f"{stack.name}-failed-events"]
    assert "failed-events" in told(stack, '"NewStateValue": "ALARM"')
    assert event_id not in stack.gather(), "published although it failed"
    assert error_type in listed(stack, "failed-events")

    proxy.heal(stack.account.id)
    assert "1 evaluated, 0 kept" in redrive(stack, "failed-events")
    assert waiting(stack, "failed-events") == 0 and alarms(stack) == []
    if fault is NO_SCHEDULE:
        recheck_now(stack, detector, event_id)
    assert len(stack.findings(event_id)[event_id]) == 1


def test_an_event_of_a_throttled_function_is_kept_and_the_throttling_is_reported(stack):
    """Someone sets the concurrency of a function to 0. Lambda keeps the event for six hours, then it goes to the queue."""
    name = f"{stack.name}-kinesis-stream"
    stack.lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    stack.put(call("lambda", "PutFunctionConcurrency20171031", {"functionName": name, "reservedConcurrentExecutions": 0}))
    assert name in told(stack, "PutFunctionConcurrency20171031")
    event = sent(stack, fresh(stack, "kinesis-stream", "stop-encryption"))
    stack.invoke("kinesis-stream", event)
    until(lambda: waiting(stack, "failed-events") == 1, "the event in the queue")  # the local AWS waits for seconds, not for hours
    assert alarms(stack) == [f"{stack.name}-failed-events"]
    told(stack, '"NewStateValue": "ALARM"')
    stack.lambda_.delete_function_concurrency(FunctionName=name)
    assert "1 evaluated, 0 kept" in redrive(stack, "failed-events")
    assert len(stack.findings(event["detail"]["eventID"])[event["detail"]["eventID"]]) == 1


def test_what_eventbridge_and_the_scheduler_could_not_deliver_is_redriven(stack):
    """The local AWS delivers everything, so this writes the messages that EventBridge and the Scheduler write."""
    function = f"{stack.name}-kinesis-stream"
    undelivered = {
        "rule-dead-letters": ("RULE_ARN", stack.arn("events", f"rule/{function}")),
        "schedule-dead-letters": ("TARGET_ARN", stack.arn("lambda", f"function:{function}")),
    }
    for queue, (attribute, arn) in undelivered.items():
        event = sent(stack, fresh(stack, "kinesis-stream", "stop-encryption"))
        texts = {attribute: arn, "ERROR_CODE": "NO_PERMISSIONS"}
        attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}
        stack.sqs.send_message(QueueUrl=stack.queue_url(queue), MessageBody=json.dumps(event), MessageAttributes=attributes)
        assert alarms(stack) == [f"{stack.name}-{queue}"]
        told(stack, f"{stack.name}-{queue}")
        assert "1 evaluated, 0 kept" in redrive(stack, queue)
        assert waiting(stack, queue) == 0 and alarms(stack) == []


def test_whoever_disables_the_key_is_reported_by_a_topic_that_does_not_need_the_key(stack):
    (key,) = [one["TargetKeyId"] for one in stack.kms.list_aliases()["Aliases"] if one["AliasName"] == f"alias/{stack.name}"]
    attributes = stack.sns.get_topic_attributes(TopicArn=stack.arn("sns", f"{stack.name}-operations"))["Attributes"]
    assert not attributes.get("KmsMasterKeyId")
    stack.put(call("kms", "DisableKey", {"keyId": key}))
    assert key in told(stack, "DisableKey")


def test_a_subscription_that_nobody_confirmed_is_reported_with_the_next_canary(stack, proxy):
    proxy.inject(stack.account.id, PENDING)
    (key,) = [one["TargetKeyId"] for one in stack.kms.list_aliases()["Aliases"] if one["AliasName"] == f"alias/{stack.name}"]
    canary = call("kms", "UpdateKeyDescription", {"keyId": key, "description": "sealwatch canary 2026-11-26T05:00:00Z"})
    stack.put(canary)
    until(lambda: "heard the canary" in stack.logged("kms-key-lifecycle", canary["detail"]["eventID"]), "the canary")

    def counted():
        group = stack.logs.filter_log_events(logGroupName=f"/aws/lambda/{stack.name}-kms-key-lifecycle")["events"]
        return [json.loads(one["message"]) for one in group if "UnconfirmedSubscriptions" in one["message"]]

    counts = until(counted, "the count of unconfirmed subscriptions")[-1]
    assert counts["UnconfirmedSubscriptions"] >= 1
    # as CloudWatch does with the line
    cloudwatch = stack.account.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=f"{stack.name}-unconfirmed", StateValue="ALARM", StateReason="the metric is 1")
    told(stack, f"{stack.name}-unconfirmed")
    cloudwatch.set_alarm_state(AlarmName=f"{stack.name}-unconfirmed", StateValue="OK", StateReason="the subscription is confirmed")


def test_in_the_end_nothing_is_lost_and_nobody_was_told_twice(stack):
    ids = SENT[stack.account.id]
    assert len(ids) == len(FAULTS) + 3
    stack.findings(*ids)
    assert {one: len(stack.gather()[one]) for one in ids} == dict.fromkeys(ids, 1)
    for queue in ("rule-dead-letters", "failed-events", "schedule-dead-letters"):
        assert waiting(stack, queue) == 0
