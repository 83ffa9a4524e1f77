"""A hub and a member: two accounts, and look-ups in the member through its role.

MiniStack matches a member's rule, but does not forward the event to a bus in another account. So these tests put the
event on the hub's bus. test_lint.py checks that the member's rule matches the right calls and names that bus.
"""

import datetime
import json
import time
import uuid

import pytest

from conftest import BIN, BUILT
from local_aws import until
from stack import Stack, changed
from templates import ROOT, run

HUB, MEMBER = "999900001111", "444455556666"


@pytest.fixture(scope="module")
def hub(aws, tmp_path_factory):
    """Runs `sam deploy` for a hub, as in docs/organizations.md."""
    account = aws.account(HUB)
    command = [BIN / "sam", "deploy", "--template-file", BUILT, "--stack-name", "sealwatch", "--resolve-s3"]
    command += ["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar", "--parameter-overrides"]
    command += ["OrganizationId=o-a1b2c3d4e5", "Dashboard=no", "Ledger=false"]
    run(*map(str, command), cwd=tmp_path_factory.mktemp("hub"), env=account.environment)
    deployed = Stack(account)
    deployed.subscribe()
    deployed.match_test_sources()
    return deployed


@pytest.fixture(scope="module")
def member(aws, hub):
    """Deploys the template of a member, as a stack set does."""
    account = aws.account(MEMBER)
    cloudformation = account.client("cloudformation")
    given = {"HubAccount": HUB, "RoleRegion": account.environment["AWS_REGION"]}
    cloudformation.create_stack(
        StackName="sealwatch-member",
        TemplateBody=(ROOT / "infra/organization/member.yaml").read_text(),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )

    def status():
        (one,) = cloudformation.describe_stacks(StackName="sealwatch-member")["Stacks"]
        return None if one["StackStatus"].endswith("_IN_PROGRESS") else one["StackStatus"]

    assert until(status, "the stack of the member") == "CREATE_COMPLETE"
    return Stack(account)


def encrypted_with(member, key):
    """The event of a call in the member account that encrypts a stream with a key of that account."""
    sample = ROOT / "events/kinesis-stream/start-with-customer-key.json"
    event = changed(json.loads(sample.read_text().replace("111122223333", MEMBER)), str(uuid.uuid4()))
    event["detail"]["requestParameters"]["keyId"] = key
    return event


def test_the_hub_evaluates_an_event_of_a_member_with_look_ups_through_the_role_of_the_member(hub, member):
    usable, disabled = (member.kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    member.kms.disable_key(KeyId=disabled)
    compliant, violating = encrypted_with(member, usable), encrypted_with(member, disabled)
    hub.put(compliant, bus="sealwatch")
    hub.put(violating, bus="sealwatch")
    (message,) = hub.findings(violating["detail"]["eventID"])[violating["detail"]["eventID"]]
    violated = {finding["rule"] for finding in message["findings"] if finding["outcome"] == "violation"}
    assert violated == {"kinesis-stream-unusable-key"}
    assert message["findings"][0]["account"] == MEMBER
    # The hub's own account has neither key: without the member's role, both events would be unverified.
    logged = lambda: hub.logged("kinesis-stream", compliant["detail"]["eventID"])
    until(lambda: "evaluated StartStreamEncryption" in logged(), "the evaluation of the compliant event")
    assert compliant["detail"]["eventID"] not in hub.gather()


def test_without_the_role_an_event_of_a_member_is_unverified(hub, member):
    event = encrypted_with(member, member.kms.create_key()["KeyMetadata"]["Arn"])
    other = json.loads(json.dumps(event).replace(MEMBER, "777788889999"))  # an account without the member's template
    hub.put(other, bus="sealwatch")
    (message,) = hub.findings(other["detail"]["eventID"])[other["detail"]["eventID"]]
    assert {finding["outcome"] for finding in message["findings"]} == {"unverified"}


def call(service, name, parameters):
    """The event of a call now. The local AWS sets its account, that of the hub."""
    detail = {
        "eventSource": f"{service}.amazonaws.com", "eventName": name, "eventID": str(uuid.uuid4()), "awsRegion": "eu-west-1",
        "eventTime": datetime.datetime.now(datetime.UTC).strftime("%FT%TZ"), "recipientAccountId": HUB, "requestParameters": parameters,
    }
    return {"source": f"aws.{service}", "detail-type": "AWS API Call via CloudTrail", "detail": detail}


def dead_mans_switch(hub):
    """The schedule of the member, or None."""
    names = [one["Name"] for one in hub.scheduler.list_schedules(GroupName="sealwatch")["Schedules"]]
    return hub.scheduler.get_schedule(GroupName="sealwatch", Name=f"silent-{HUB}") if f"silent-{HUB}" in names else None


def time_of(schedule):
    return datetime.datetime.strptime(schedule["ScheduleExpression"], "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=datetime.UTC)


def test_a_member_that_is_no_longer_heard_is_reported(hub):
    beat = {"resourceARN": hub.arn("events", "rule/sealwatch-forward"), "tags": [{"key": "sealwatch-heartbeat", "value": "T"}]}
    hub.put(call("events", "TagResource", beat), bus="sealwatch")
    first = until(lambda: dead_mans_switch(hub), "the schedule of the member")
    in_hours = (time_of(first) - datetime.datetime.now(datetime.UTC)).total_seconds() / 3600
    assert 25.9 < in_hours < 26.1
    time.sleep(1.1)  # the time of a schedule has no fractions of a second
    hub.put(call("events", "TagResource", beat), bus="sealwatch")
    later = until(lambda: time_of(dead_mans_switch(hub)) > time_of(first) and dead_mans_switch(hub), "a later time")
    # 26 hours later: nothing was heard
    kept = ("Name", "GroupName", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "ActionAfterCompletion", "Target")
    past = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=5)).strftime("at(%FT%T)")
    hub.scheduler.update_schedule(**{name: later[name] for name in kept}, ScheduleExpression=past)
    (text,) = until(lambda: hub.received("subscriber-operations"), "the message about the silent member")
    assert f"has not heard of account {HUB} in eu-west-1 since 20" in text
    assert dead_mans_switch(hub), "it stays in the list of members"


def test_the_canary_of_a_hub_is_heard_on_its_bus_and_published_to_nobody(hub):
    (alias,) = [one for one in hub.kms.list_aliases()["Aliases"] if one["AliasName"] == "alias/sealwatch"]
    canary = call("kms", "UpdateKeyDescription", {"keyId": alias["TargetKeyId"], "description": "sealwatch canary 2026-11-26T05:00:00Z"})
    hub.put(canary, bus="sealwatch")
    until(lambda: "heard the canary" in hub.logged("kms-key-lifecycle", canary["detail"]["eventID"]), "the canary")
    group = hub.logs.filter_log_events(logGroupName="/aws/lambda/sealwatch-kms-key-lifecycle")["events"]
    (counts,) = [one for one in map(json.loads, (line["message"] for line in group if "CanaryHeard" in line["message"])) if "_aws" in one]
    assert (counts["CanaryHeard"], counts.get("UnconfirmedSubscriptions")) == (1, None)
    assert canary["detail"]["eventID"] not in hub.gather()


def test_the_hub_scans_its_own_account_and_each_member(hub, member):
    """Members are the accounts that it has heard."""
    hub.scheduler.create_schedule(
        Name=f"silent-{MEMBER}",
        GroupName="sealwatch",
        ScheduleExpression="at(2099-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": hub.arn("sns", "sealwatch-operations"), "RoleArn": f"arn:aws:iam::{HUB}:role/any", "Input": "silent"},
    )
    member.account.client("kinesis").create_stream(StreamName="of-the-member", ShardCount=1)
    hub.account.client("kinesis").create_stream(StreamName="of-the-hub", ShardCount=1)
    hub.invoke("scan", {"scan": "2026-11-26T05:00:00Z"})
    until(lambda: len(hub.scan_of("2026-11-26")) == 2, "messages about two accounts")
    streams = {
        message["account"]: {one["resource"]["arn"] for one in message["findings"] if one["rule"] == "kinesis-stream-unencrypted"}
        for message in hub.scan_of("2026-11-26")
    }
    of_hub, of_member = hub.arn("kinesis", "stream/of-the-hub"), member.arn("kinesis", "stream/of-the-member")
    assert of_hub in streams[HUB] and of_member in streams[MEMBER]
    assert not streams[HUB] & streams[MEMBER]
