"""A hub and a member: two accounts, and look-ups in the member through its role.

MiniStack matches a member's rule, but does not forward the event to a bus in another account. So these tests put the
event on the hub's bus. test_lint.py checks that the member's rule matches the right calls and names that bus.
"""

import json
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
    command += ["OrganizationId=o-a1b2c3d4e5", "Dashboard=no"]
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
