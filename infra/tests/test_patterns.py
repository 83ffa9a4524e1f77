"""Tests the event patterns of the template with an EventBridge pattern matcher: all samples, and other events."""

import json

import pytest

from templates import DETECTORS, ROOT, Filled, expanded

SAMPLES = [
    (path.parent.name, path.stem)
    for path in sorted((ROOT / "events").glob("*/*.json"))
    if "detail" in json.loads(path.read_text())
]

# source, detail-type, eventSource and eventName of other events on a bus
API_CALL = "AWS API Call via CloudTrail"
SERVICE_EVENT = "AWS Service Event via CloudTrail"
NOISE = [
    ("aws.ecs", API_CALL, "ecs.amazonaws.com", "CreateCluster"),
    ("aws.eks", API_CALL, "eks.amazonaws.com", "CreateCluster"),
    ("aws.redshift", API_CALL, "redshift.amazonaws.com", "CreateCluster"),
    ("aws.dax", API_CALL, "dax.amazonaws.com", "CreateCluster"),
    ("aws.kafka", API_CALL, "kafka.amazonaws.com", "DescribeCluster"),
    ("aws.kafka", API_CALL, "kafka.amazonaws.com", "UpdateBrokerCount"),
    ("aws.kafka", API_CALL, "kafka-cluster.amazonaws.com", "CreateCluster"),
    ("aws.kafka", API_CALL, "kafkaconnect.amazonaws.com", "CreateConnector"),
    ("aws.appflow", API_CALL, "appflow.amazonaws.com", "CreateConnector"),
    ("aws.kafkaconnect", API_CALL, "kafkaconnect.amazonaws.com", "DeleteConnector"),
    ("aws.kinesisvideo", API_CALL, "kinesisvideo.amazonaws.com", "CreateStream"),
    ("aws.ivs", API_CALL, "ivs.amazonaws.com", "CreateStream"),
    ("aws.kinesis", API_CALL, "kinesis.amazonaws.com", "PutRecord"),
    ("aws.kinesis", API_CALL, "kinesis.amazonaws.com", "IncreaseStreamRetentionPeriod"),
    ("aws.firehose", API_CALL, "firehose.amazonaws.com", "PutRecordBatch"),
    ("aws.kms", API_CALL, "kms.amazonaws.com", "Decrypt"),
    ("aws.kms", API_CALL, "kms.amazonaws.com", "GenerateDataKey"),
    ("aws.kms", SERVICE_EVENT, "kms.amazonaws.com", "PutKeyPolicy"),
    ("aws.kinesis", SERVICE_EVENT, "kinesis.amazonaws.com", "CreateStream"),
    ("aws.kms", "KMS CMK Something", None, None),
    ("app.kms", "KMS CMK Deletion", None, None),
    ("aws.apigateway", API_CALL, "apigateway.amazonaws.com", "CreateKey"),
    ("aws.cloudtrail", API_CALL, "cloudtrail.amazonaws.com", "AddTags"),
    ("aws.cloudtrail", "AWS Insight via CloudTrail", "cloudtrail.amazonaws.com", "UpdateTrail"),
    ("aws.signin", "AWS Console Sign In via CloudTrail", "signin.amazonaws.com", "ConsoleLogin"),
    ("aws.health", "AWS Health Event", None, None),
    # anyone may send this source; only AWS may send aws.kms
    ("app.kms", API_CALL, "kms.amazonaws.com", "CreateKey"),
]


@pytest.fixture(scope="module")
def matched(aws):
    """A function that returns the names of the rules that match an event."""
    return matching_rules(aws, Filled(expanded(), TopicKeyArn=TOPIC_KEY, SettingsParameter="/sealwatch/settings"))


def matching_rules(aws, template):
    rules = template.properties("AWS::Events::Rule").values()
    events = aws.account("111122223333").client("events")

    def matching(event):
        envelope = {"id": "1", "account": "111122223333", "time": "2026-11-21T09:00:00Z", "region": "eu-west-1", "resources": []}
        text = json.dumps({**envelope, **event})
        answers = {rule["Name"]: events.test_event_pattern(EventPattern=json.dumps(rule["EventPattern"]), Event=text) for rule in rules}
        return {name.removeprefix("sealwatch-") for name, answer in answers.items() if answer["Result"]}

    return matching


def detail_of(service, name, parameters, **record):
    return {"eventSource": f"{service}.amazonaws.com", "eventName": name, "requestParameters": parameters, **record}


KEY = "<AWS::KMS::Key.Arn>"  # of the stack, as templates.py fills it in
CANARY = {"keyId": KEY, "description": "sealwatch canary 2026-11-26T05:00:00Z"}
CANARIES = {
    "by ARN": (CANARY, {}, True),
    "by id": ({**CANARY, "keyId": "<AWS::KMS::Key>"}, {}, True),
    "of another key": ({**CANARY, "keyId": "0d9c1f7e-5b3a-4c86-9d2e-7a6b5c4d3e06"}, {}, False),
    "another description": ({**CANARY, "description": "orders"}, {}, False),
    "denied": (CANARY, {"errorCode": "AccessDenied"}, False),
    "without parameters": (None, {}, False),
}


@pytest.mark.parametrize("case", CANARIES)
def test_of_all_changes_of_descriptions_only_the_canary_invokes_the_function(matched, case):
    parameters, record, expected = CANARIES[case]
    event = {"source": "aws.kms", "detail-type": API_CALL, "detail": detail_of("kms", "UpdateKeyDescription", parameters, **record)}
    assert matched(event) == ({"kms-key-lifecycle"} if expected else set())


def test_the_update_of_a_schedule_by_the_function_itself_is_not_reported(matched):
    def found(arn):
        issuer = {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"type": "Role", "arn": arn}}}
        detail = detail_of("scheduler", "UpdateSchedule", {"name": "silent-444455556666", "groupName": "sealwatch"}, userIdentity=issuer)
        return matched({"source": "aws.scheduler", "detail-type": API_CALL, "detail": detail})

    assert found("<AWS::IAM::Role.Arn>") == set()
    assert found("arn:aws:iam::111122223333:role/admin") == {"watch-schedules"}


def monitors(detector, event):
    """Whether a detector evaluates an event."""
    if "eventName" not in event["detail"]:
        return event["detail-type"] in detector["eventbridge_events"]
    if event["detail"].get("errorCode"):
        return False
    called = event["detail"]["eventSource"], event["detail"]["eventName"]
    return called in [(detector["event_source"], call["name"]) for call in detector["events"]]


def closes(detector, event):
    """Whether an event only ends what a detector reports: a function hears it where there is a ledger."""
    return monitors({**detector, **detector["closingCalls"]}, event)


def detectors(rules):
    """The rules of detectors. The others are those that watch the stack itself: a call can concern both."""
    return {rule for rule in rules if not rule.startswith("watch-")}


@pytest.mark.parametrize("folder, sample", SAMPLES)
def test_every_sample_reaches_its_detector(matched, folder, sample):
    event = json.loads((ROOT / f"events/{folder}/{sample}.json").read_text())
    monitoring = {detector["name"] for detector in DETECTORS if monitors(detector, event)}
    closing = {detector["name"] for detector in DETECTORS if closes(detector, event)}
    failed = "errorCode" in event["detail"]
    assert folder in monitoring | closing or failed, "a sample of a call that its detector does not monitor"
    assert detectors(matched(event)) == monitoring
    if failed:
        # the same call, if it succeeds
        for success in ({}, {"errorCode": ""}):
            detail = {name: value for name, value in event["detail"].items() if name != "errorCode"}
            assert folder in matched({**event, "detail": {**detail, **success}})


@pytest.mark.parametrize("folder, sample", SAMPLES)
def test_a_failed_call_reaches_no_detector(matched, folder, sample):
    event = json.loads((ROOT / f"events/{folder}/{sample}.json").read_text())
    if "eventName" in event["detail"]:
        for code in ("AccessDenied", "InternalFailure"):
            event["detail"]["errorCode"] = code
            assert detectors(matched(event)) == set()


@pytest.mark.parametrize("noise", NOISE, ids=str)
def test_noise_reaches_no_detector(matched, noise):
    source, kind, event_source, name = noise
    detail = {"eventSource": event_source, "eventName": name} if event_source else {"key-id": "1"}
    assert matched({"source": source, "detail-type": kind, "detail": detail}) == set()


OURS = "sealwatch-kinesis-stream"
ARN = "arn:aws:{}:eu-west-1:111122223333:{}"
TOPIC = ARN.format("sns", "sealwatch-findings")
QUEUE = "https://sqs.eu-west-1.amazonaws.com/111122223333/sealwatch-failed-events"
KEY = "<AWS::KMS::Key>"  # the stack's own key, as `Filled` writes its id
TOPIC_KEY = ARN.format("kms", "key/0d9c1f7e-5b3a-4c86-9d2e-7a6b5c4d3e06")
SILENCING = [
    ("watch-rules", "events", "DisableRule", {"name": OURS}, True),
    ("watch-rules", "events", "DeleteRule", {"name": OURS, "force": True}, True),
    ("watch-rules", "events", "RemoveTargets", {"rule": OURS, "ids": ["1"]}, True),
    ("watch-rules", "events", "PutRule", {"name": OURS, "state": "DISABLED"}, True),
    ("watch-rules", "events", "PutRule", {"name": OURS, "eventPattern": '{"source": ["none"]}'}, True),
    ("watch-rules", "events", "PutRule", {"name": "nightly-report", "state": "DISABLED"}, False),
    ("watch-rules", "events", "PutTargets", {"rule": OURS, "targets": [{"id": "function", "arn": "arn:aws:sqs:eu-west-1:111122223333:x"}]}, True),
    ("watch-rules", "events", "PutTargets", {"rule": "nightly-report", "targets": []}, False),
    ("watch-rules", "events", "DisableRule", {"name": "nightly-report"}, False),
    ("watch-rules", "events", "EnableRule", {"name": OURS}, False),
    ("watch-rules", "events", "DeleteEventBus", {"name": "sealwatch"}, True),
    ("watch-rules", "events", "UpdateEventBus", {"name": "sealwatch", "kmsKeyIdentifier": "k"}, True),
    ("watch-rules", "events", "RemovePermission", {"eventBusName": "sealwatch", "removeAllPermissions": True}, True),
    ("watch-rules", "events", "PutPermission", {"eventBusName": "sealwatch", "policy": "{}"}, True),
    ("watch-rules", "events", "DeleteEventBus", {"name": "orders"}, False),
    ("watch-functions", "lambda", "DeleteFunction20150331", {"functionName": OURS}, True),
    ("watch-functions", "lambda", "DeleteFunction20150331", {"functionName": ARN.format("lambda", f"function:{OURS}")}, True),
    ("watch-functions", "lambda", "UpdateFunctionConfiguration20150331v2", {"functionName": f"111122223333:function:{OURS}"}, True),
    ("watch-functions", "lambda", "PutFunctionConcurrency20171031", {"functionName": OURS}, True),
    ("watch-functions", "lambda", "DeleteFunction20150331", {"functionName": "resize-images"}, False),
    ("watch-functions", "lambda", "DeleteFunction20150331", {"functionName": ARN.format("lambda", "function:not-sealwatch-x")}, False),
    ("watch-functions", "lambda", "CreateFunction20150331", {"functionName": OURS}, False),
    ("watch-functions", "lambda", "UpdateFunctionCode20150331v2", {"functionName": OURS}, True),
    ("watch-functions", "lambda", "UpdateFunctionCode20150331v2", {"functionName": "resize-images"}, False),
    ("watch-functions", "lambda", "RemovePermission20150331v2", {"functionName": ARN.format("lambda", f"function:{OURS}"), "statementId": "x"}, True),
    ("watch-functions", "lambda", "PutFunctionEventInvokeConfig", {"functionName": OURS, "maximumRetryAttempts": 0}, True),
    ("watch-functions", "lambda", "UpdateFunctionEventInvokeConfig", {"functionName": OURS, "maximumRetryAttempts": 0}, True),
    ("watch-functions", "lambda", "DeleteFunctionEventInvokeConfig", {"functionName": OURS}, True),
    ("watch-functions", "lambda", "GetPolicy20150331v2", {"functionName": OURS}, False),
    ("watch-topics", "sns", "DeleteTopic", {"topicArn": TOPIC}, True),
    ("watch-topics", "sns", "Unsubscribe", {"subscriptionArn": f"{TOPIC}:0d9c1f7e-5b3a-4c86-9d2e-7a6b5c4d3e06"}, True),
    ("watch-topics", "sns", "Unsubscribe", {"subscriptionArn": ARN.format("sns", "sealwatch-operations:0d9c1f7e")}, True),
    ("watch-topics", "sns", "SetTopicAttributes", {"topicArn": TOPIC, "attributeName": "Policy"}, True),
    ("watch-topics", "sns", "RemovePermission", {"topicArn": ARN.format("sns", "sealwatch-operations"), "label": "Alarms"}, True),
    ("watch-topics", "sns", "RemovePermission", {"topicArn": ARN.format("sns", "orders"), "label": "Alarms"}, False),
    ("watch-topics", "sns", "PutDataProtectionPolicy", {"resourceArn": TOPIC, "dataProtectionPolicy": "{}"}, True),
    ("watch-topics", "sns", "SetSubscriptionAttributes", {"subscriptionArn": f"{TOPIC}:0d9c1f7e", "attributeName": "FilterPolicy"}, True),
    ("watch-topics", "sns", "SetSubscriptionAttributes", {"subscriptionArn": ARN.format("sns", "orders:0d9c1f7e")}, False),
    ("watch-topics", "sns", "SetTopicAttributes", {"topicArn": ARN.format("sns", "orders")}, False),
    ("watch-topics", "sns", "DeleteTopic", {"topicArn": ARN.format("sns", "orders")}, False),
    ("watch-topics", "sns", "Unsubscribe", {"subscriptionArn": f"{TOPIC}-of-others:0d9c1f7e"}, False),
    ("watch-queues", "sqs", "PurgeQueue", {"queueUrl": QUEUE}, True),
    ("watch-queues", "sqs", "SetQueueAttributes", {"queueUrl": QUEUE, "attributes": {"Policy": ""}}, True),
    ("watch-queues", "sqs", "DeleteQueue", {"queueUrl": QUEUE.replace("sealwatch-", "orders-")}, False),
    ("watch-schedules", "scheduler", "DeleteScheduleGroup", {"name": "sealwatch", "clientToken": "1"}, True),
    ("watch-schedules", "scheduler", "DeleteSchedule", {"name": "x", "groupName": "sealwatch"}, True),
    ("watch-schedules", "scheduler", "UpdateSchedule", {"name": "x", "groupName": "sealwatch", "state": "DISABLED"}, True),
    ("watch-schedules", "scheduler", "CreateSchedule", {"name": "x", "groupName": "sealwatch"}, False),
    ("watch-schedules", "scheduler", "DeleteScheduleGroup", {"name": "sealwatch-of-others"}, False),
    ("watch-schedules", "scheduler", "DeleteSchedule", {"name": "sealwatch", "groupName": "default"}, False),
    ("watch-alarms", "monitoring", "DisableAlarmActions", {"alarmNames": ["cpu", "sealwatch-canary"]}, True),
    ("watch-alarms", "monitoring", "DeleteAlarms", {"alarmNames": ["sealwatch-failed-events"]}, True),
    ("watch-alarms", "monitoring", "PutMetricAlarm", {"alarmName": "sealwatch-canary", "threshold": 0}, True),
    ("watch-alarms", "monitoring", "PutAlarmMuteRule", {"name": "quiet", "muteTargets": {"alarmNames": ["sealwatch-canary"]}}, True),
    ("watch-alarms", "monitoring", "DeleteAlarms", {"alarmNames": ["cpu"]}, False),
    ("watch-alarms", "monitoring", "PutMetricAlarm", {"alarmName": "cpu"}, False),
    ("watch-alarms", "monitoring", "EnableAlarmActions", {"alarmNames": ["sealwatch-canary"]}, False),
    ("watch-settings", "ssm", "PutParameter", {"name": "/sealwatch/settings", "type": "String", "overwrite": True}, True),
    ("watch-settings", "ssm", "DeleteParameter", {"name": "/sealwatch/settings"}, True),
    ("watch-settings", "ssm", "DeleteParameters", {"names": ["/orders", "/sealwatch/settings"]}, True),
    ("watch-settings", "ssm", "PutParameter", {"name": "/orders"}, False),
    ("watch-settings", "ssm", "GetParameter", {"name": "/sealwatch/settings"}, False),
    ("watch-key", "kms", "DisableKey", {"keyId": KEY}, True),
    ("watch-key", "kms", "DisableKey", {"keyId": "<AWS::KMS::Key.Arn>"}, True),
    ("watch-key", "kms", "ScheduleKeyDeletion", {"keyId": KEY, "pendingWindowInDays": 7}, True),
    ("watch-key", "kms", "PutKeyPolicy", {"keyId": KEY, "policyName": "default", "policy": "{}"}, True),
    ("watch-key", "kms", "PutKeyPolicy", {"keyId": TOPIC_KEY, "policyName": "default", "policy": "{}"}, True),
    ("watch-key", "kms", "DeleteImportedKeyMaterial", {"keyId": TOPIC_KEY.split("/")[1]}, True),
    ("watch-key", "kms", "DisableKey", {"keyId": "5d1f6a1e-0b52-4a53-9f3c-1c8f2f0c7a01"}, False),
    ("watch-key", "kms", "EnableKey", {"keyId": KEY}, False),
    # the canary
    ("watch-key", "kms", "UpdateKeyDescription", {"keyId": KEY, "description": "sealwatch canary 2026-11-26T05:00:00Z"}, False),
    ("watch-trails", "cloudtrail", "PutEventSelectors", {"trailName": "main", "eventSelectors": [{"includeManagementEvents": False}]}, True),
    ("watch-trails", "cloudtrail", "UpdateTrail", {"name": "main", "isMultiRegionTrail": False}, True),
    ("watch-trails", "cloudtrail", "StopLogging", {"name": "main"}, True),
    ("watch-trails", "cloudtrail", "DeleteTrail", {"name": "main"}, True),
    ("watch-trails", "cloudtrail", "StartLogging", {"name": "main"}, False),
]


@pytest.mark.parametrize("rule, service, name, parameters, expected", SILENCING, ids=str)
def test_calls_that_would_silence_the_stack_match_a_rule(matched, rule, service, name, parameters, expected):
    detail = {"eventSource": f"{service}.amazonaws.com", "eventName": name, "requestParameters": parameters}
    # an attempt that AWS rejected, too
    for error in ({}, {"errorCode": "AccessDenied"}):
        found = matched({"source": f"aws.{service}", "detail-type": API_CALL, "detail": {**detail, **error}})
        assert found - detectors(found) == ({rule} if expected else set())


def test_rules_are_within_the_limits_of_eventbridge():
    """2,048 characters a pattern and 300 rules a bus, also with the longest name. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"""
    rules = Filled(expanded(), Name="n" * 40).properties("AWS::Events::Rule").values()
    assert len(rules) < 300
    for rule in rules:
        assert len(json.dumps(rule["EventPattern"])) <= 2048, rule["Name"]
