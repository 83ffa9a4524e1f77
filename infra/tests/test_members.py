"""The template of a hub's member: what it forwards besides the monitored calls, and what the hub makes of that."""

import json

import pytest

from templates import ACCOUNT, REGION, ROOT, Filled, expanded, source, statements
from test_patterns import API_CALL, detail_of, matching_rules

HUB = "999900001111"
OTHER_ACCOUNT = "444455556666"


def member(**parameters):
    return Filled(source("infra/organization/member.yaml"), HubAccount=HUB, **parameters)


@pytest.fixture(scope="module")
def forwarded(aws):
    return matching_rules(aws, member())


@pytest.fixture(scope="module")
def received(aws):
    """The rules on the hub's bus that match an event; the other rules of a hub are on its default bus."""
    hub = Filled(expanded(), OrganizationId="o-a1b2c3d4e5")
    on_bus = {rule["Name"].removeprefix("sealwatch-") for rule in hub.properties("AWS::Events::Rule").values() if rule.get("EventBusName") == "sealwatch"}
    matching = matching_rules(aws, hub)
    return lambda event: matching(event) & on_bus


def event(service, name, parameters, account=OTHER_ACCOUNT, **record):
    return {"source": f"aws.{service}", "detail-type": API_CALL, "account": account, "detail": detail_of(service, name, parameters, **record)}


RULE = f"arn:aws:events:{REGION}:{OTHER_ACCOUNT}:rule/sealwatch-forward"
HEARTBEAT = {"resourceARN": RULE, "tags": [{"key": "sealwatch-heartbeat", "value": "2026-11-26T05:00:00Z"}]}
QUEUE = f"https://sqs.{REGION}.amazonaws.com/{OTHER_ACCOUNT}/sealwatch-forward-dead-letters"
CALLS = [
    # the rule of the member that forwards it, and whether operations is notified
    ("events", "TagResource", HEARTBEAT, "forward", {"heartbeats"}),
    ("events", "TagResource", {"resourceARN": RULE, "tags": [{"key": "team", "value": "x"}]}, None, set()),
    ("kms", "UpdateKeyDescription", {"keyId": "k", "description": "sealwatch canary 2026-11-26T05:00:00Z"}, "forward", set()),
    ("kms", "UpdateKeyDescription", {"keyId": "k", "description": "orders"}, None, set()),
    ("cloudtrail", "StopLogging", {"name": "main"}, "forward", {"cloudtrail-trail", "watch-members"}),
    ("cloudtrail", "CreateTrail", {"name": "main"}, "forward", {"cloudtrail-trail"}),
    ("kinesis", "DeleteStream", {"streamName": "orders"}, "forward-closing", {"kinesis-stream-closing"}),
    ("kms", "RevokeGrant", {"keyId": "k", "grantId": "g"}, "forward-closing", {"kms-key-policy-closing"}),
    ("kms", "DeleteKey", {"keyId": "k"}, "forward", {"kms-key-lifecycle", "kms-key-policy-closing"}),
    ("events", "DeleteRule", {"name": "sealwatch-forward-closing"}, "forward-watch", {"watch-members"}),
    ("events", "DisableRule", {"name": "sealwatch-forward"}, "forward-watch", {"watch-members"}),
    ("events", "PutRule", {"name": "sealwatch-forward-own-events", "state": "DISABLED"}, "forward-watch", {"watch-members"}),
    ("events", "RemoveTargets", {"rule": "sealwatch-forward", "ids": ["hub"]}, "forward-watch", {"watch-members"}),
    ("events", "DisableRule", {"name": "sealwatch-forward-watch"}, "forward-own-events", {"watch-members"}),
    ("events", "PutTargets", {"rule": "sealwatch-forward-watch", "targets": []}, "forward-own-events", {"watch-members"}),
    ("events", "DisableRule", {"name": "nightly-report"}, None, {"watch-members"}),
    ("iam", "DeleteRolePolicy", {"roleName": f"sealwatch-forward-{REGION}", "policyName": "own"}, "forward-watch", {"watch-members"}),
    ("iam", "DeleteRole", {"roleName": "sealwatch-lookup"}, "forward-watch", {"watch-members"}),
    ("iam", "PutRolePolicy", {"roleName": "sealwatch-alive-us-east-1", "policyName": "no"}, "forward-watch", {"watch-members"}),
    ("iam", "DeleteRole", {"roleName": "payroll"}, None, {"watch-members"}),
    ("scheduler", "DeleteSchedule", {"name": "sealwatch-heartbeat"}, "forward-watch", {"watch-members"}),
    ("scheduler", "UpdateSchedule", {"name": "payroll"}, None, {"watch-members"}),
    ("sqs", "PurgeQueue", {"queueUrl": QUEUE}, "forward-watch", {"watch-members"}),
    ("sqs", "DeleteQueue", {"queueUrl": QUEUE.replace("sealwatch", "orders")}, None, {"watch-members"}),
]


@pytest.mark.parametrize("service, name, parameters, rule, at_the_hub", CALLS, ids=str)
def test_one_rule_of_a_member_forwards_calls_on_its_parts_and_the_hub_notifies_operations(forwarded, received, service, name, parameters, rule, at_the_hub):
    call = event(service, name, parameters)
    assert forwarded(call) == ({rule} if rule else set())
    assert received(call) == at_the_hub
    # the rules on the default bus report those of the hub's own account
    assert "watch-members" not in received({**call, "account": ACCOUNT})


def test_a_heartbeat_that_failed_is_none(received):
    assert received(event("events", "TagResource", HEARTBEAT, errorCode="AccessDenied")) == set()


def test_patterns_are_within_the_limit_of_eventbridge_with_the_longest_name():
    for rule in member(HubName="n" * 40, LookupRoleName="r" * 64).properties("AWS::Events::Rule").values():
        assert len(json.dumps(rule["EventPattern"])) <= 2048, rule["Name"]


def test_what_no_rule_of_a_member_can_deliver_is_kept():
    template = member()
    rules = {one for one, it in template.resources.items() if it["Type"] == "AWS::Events::Rule"}
    (raw,) = (one for one in template.resources.values() if one["Type"] == "AWS::SQS::QueuePolicy")
    allow = raw["Properties"]["PolicyDocument"]["Statement"][0]
    sources = allow["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert {one["Fn::If"][1]["Fn::GetAtt"][0] if "Fn::If" in one else one["Fn::GetAtt"][0] for one in sources} == rules
    assert "ForwardClosing" not in member(Ledger="false").resources
    for rule in template.properties("AWS::Events::Rule").values():
        (target,) = rule["Targets"]
        assert target["DeadLetterConfig"] == {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:sealwatch-forward-dead-letters"}


def test_the_heartbeat_tags_the_rule_that_forwards_it_and_may_do_nothing_else():
    template = member()
    (schedule,) = template.properties("AWS::Scheduler::Schedule").values()
    assert (schedule["Name"], schedule["ScheduleExpression"]) == ("sealwatch-heartbeat", "rate(24 hours)")
    assert schedule["Target"]["Arn"] == "arn:aws:scheduler:::aws-sdk:eventbridge:tagResource"
    (raw,) = (one for one in template.resources.values() if one["Type"] == "AWS::Scheduler::Schedule")
    assert "${Forward.Arn}" in raw["Properties"]["Target"]["Input"]["Fn::Sub"]
    tags = json.loads(schedule["Target"]["Input"])["Tags"]
    assert tags == [{"Key": "sealwatch-heartbeat", "Value": "<aws.scheduler.scheduled-time>"}]
    role = template.properties("AWS::IAM::Role")["HeartbeatRole"]
    (policy,) = role["Policies"]
    assert {one[2:4] for one in statements(policy["PolicyDocument"])} == {("events:TagResource", "<AWS::Events::Rule.Arn>")}
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    group = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/default"
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": group}


def test_names_of_roles_are_short_enough():
    for role in member(HubName="n" * 40).properties("AWS::IAM::Role").values():
        assert len(role["RoleName"].replace(REGION, "ap-southeast-1")) <= 64


@pytest.mark.parametrize("given, principal", [
    ({}, "role/sealwatch-*"),
    ({"HubName": "watch"}, "role/watch-*"),
    ({"HubName": "watch", "HubStackName": "security-Sealwatch"}, "role/security-Sealwatch-*"),
    ({"HubStackName": "s", "HubRolePath": "/audit/lambda/"}, "role/audit/lambda/s-*"),
], ids=str)
def test_only_the_functions_of_the_hub_may_assume_the_look_up_role(given, principal):
    template = member(RoleRegion=REGION, RolePath="/audit/", **given)
    role = template.properties("AWS::IAM::Role")["LookupRole"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HUB}:{principal}"}}
    assert role["Path"] == "/audit/"
    bus = f"arn:aws:events:{REGION}:{HUB}:event-bus/{given.get('HubName', 'sealwatch')}"
    assert {rule["Targets"][0]["Arn"] for rule in template.properties("AWS::Events::Rule").values()} == {bus}


def test_the_operations_topic_of_the_hub_gets_alarms_if_it_is_given():
    assert not member().properties("AWS::CloudWatch::Alarm")
    topic = f"arn:aws:sns:{REGION}:{HUB}:sealwatch-operations"
    alarms = member(OperationsTopicArn=topic).properties("AWS::CloudWatch::Alarm").values()
    assert {alarm["AlarmName"] for alarm in alarms} == {"sealwatch-forward-dead-letters", "sealwatch-forward-dead-letters-age"}
    for alarm in alarms:
        assert alarm["AlarmActions"] == [topic] and "OKActions" not in alarm
        assert alarm["AlarmDescription"].split('"')[1] in (ROOT / "docs/organizations.md").read_text()
