"""Checks the templates with cfn-lint, checkov and Sealwatch itself, all offline."""

import json
import subprocess
import re
import sys
from pathlib import Path

import pytest

from aws_cli import command_problems, commands
from templates import ACCOUNT, REGION, ROOT, STACK, SUCCEEDED, Filled, expanded, run, same, sealwatch, source, statements, synthesized

BIN = Path(sys.executable).parent

# Checks of checkov that do not apply to this system, with the reason.
SKIPPED = {
    "CKV_AWS_26": "a KMS key for the operations topic: it would silence the report that this key is not usable; SNS encrypts its disks",
    "CKV_AWS_27": "a KMS key for the queues: this checkov knows no SqsManagedSseEnabled, which test_templates.py checks",
    "CKV_AWS_116": "a dead-letter queue on a function: the on-failure destination replaces it, and also records the error",
    "CKV_AWS_117": "a VPC: the functions call only AWS APIs, and a VPC would need endpoints that cost money when idle",
    "CKV_AWS_173": "a key for the environment: it contains names and settings, no secrets, and Lambda encrypts it with its own key",
    "CKV_AWS_115": "reserved concurrency: it is a parameter, because the quota of a new account is too low to reserve any",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the templates as CloudFormation gets them."""
    templates = {
        "sam": expanded(),
        "cdk": synthesized(tmp_path_factory.mktemp("cdk"), organizationId="o-a1b2c3d4e5", alertEmail="a@example.com"),
        "member": source("infra/organization/member.yaml"),
    }
    folder = tmp_path_factory.mktemp("templates")
    for name, template in templates.items():
        (folder / f"{name}.template.json").write_text(json.dumps(template, indent=2))
    return folder


def test_cfn_lint_finds_nothing(folder):
    # W3005: CDK adds a DependsOn that a reference already implies
    command = [BIN / "cfn-lint", "--format", "json", "--ignore-checks", "W3005", "--", *folder.iterdir()]
    done = subprocess.run(list(map(str, command)), text=True, capture_output=True)
    found = [f"{one['Filename']} {one['Rule']['Id']} {one['Message']}"[:300] for one in json.loads(done.stdout)]
    # W3037: its list of IAM actions is older than this one, which the API model has
    assert not [one for one in found if " W3037 'listqueues' is not one of " not in one]


def test_checkov_finds_nothing_except_skipped_checks(folder):
    command = [BIN / "checkov", "--skip-download", "--framework", "cloudformation", "--output", "json"]
    command += ["--skip-check", ",".join(SKIPPED), "--directory", folder]
    report = json.loads(run(*map(str, command)))
    assert report["results"]["failed_checks"] == []
    assert {Path(one["file_path"]).name for one in report["results"]["passed_checks"]} == {it.name for it in folder.iterdir()}


@pytest.mark.parametrize("choice", [{}, {"organizationId": "o-a1b2c3d4e5"}], ids=["account", "hub"])
@pytest.mark.parametrize("way", ["sam", "cdk"])
def test_the_stacks_key_policy_passes_the_projects_own_rules(way, choice, tmp_path):
    if way == "sam":
        template = Filled(expanded(), **{key[0].upper() + key[1:]: value for key, value in choice.items()})
    else:
        template = Filled(synthesized(tmp_path, **choice))
    (key,) = template.properties("AWS::KMS::Key").values()
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps(key["KeyPolicy"]))
    command = [sealwatch(), "policy", "--account", ACCOUNT, "--format", "json", "--all", str(policy)]
    outcomes = [json.loads(line)["outcome"] for line in run(*command).splitlines()]
    assert outcomes.count("compliant") >= 8 and set(outcomes) <= {"compliant", "not-applicable"}


def test_the_key_policy_without_conditions_fails(tmp_path):
    """The test above can fail: without their conditions, the statements for services are violations."""
    (key,) = Filled(expanded()).properties("AWS::KMS::Key").values()
    for statement in key["KeyPolicy"]["Statement"]:
        statement.pop("Condition", None)
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps(key["KeyPolicy"]))
    with pytest.raises(AssertionError, match="exit status 1"):
        run(sealwatch(), "policy", "--account", ACCOUNT, str(policy))


def documented(marker):
    """The JSON below a comment in docs/organizations.md."""
    text = (ROOT / "docs/organizations.md").read_text()
    return json.loads(re.search(rf"<!-- {marker} -->\n```json\n(.*?)```", text, re.DOTALL)[1])


def test_the_documented_statement_for_the_key_of_a_central_topic_passes_the_projects_own_rules(tmp_path):
    central, statement = "999900001111", documented("key of the central findings topic")
    account = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{central}:root"}, "Action": "kms:*", "Resource": "*"}
    policy, settings = tmp_path / "policy.json", tmp_path / "sealwatch.toml"
    settings.write_text('[keys]\ntrusted_organizations = ["o-a1b2c3d4e5"]\n')
    command = [sealwatch(), "policy", "--account", central, "--settings", str(settings), str(policy)]
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [account, statement]}))
    run(*command)
    # without the organization, it is open to anyone
    del statement["Condition"]["StringEquals"]["aws:PrincipalOrgID"]
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [account, statement]}))
    with pytest.raises(AssertionError, match="exit status 1"):
        run(*command)


@pytest.mark.parametrize("marker, services", [("central findings topic", {}), ("central operations topic", {"cloudwatch.amazonaws.com"})])
def test_the_documented_policies_of_central_topics_admit_only_the_organization(marker, services):
    for statement in documented(marker)["Statement"]:
        service = statement["Principal"].get("Service")
        key = "aws:SourceOrgID" if service else "aws:PrincipalOrgID"
        assert statement["Condition"]["StringEquals"] == {key: "o-a1b2c3d4e5"}
        assert statement["Action"] == "sns:Publish" and (service is None or service in services)


@pytest.mark.parametrize("page", ["first-deploy", "organizations", "runbooks"])
def test_documented_aws_commands_are_valid(page):
    text = (ROOT / f"docs/{page}.md").read_text().replace("\\\n", "")
    # those that the AWS CLI adds to the API, and redirections, which the reader does not know
    others = ("aws s3 ", "aws cloudformation deploy ")
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("aws ")]
    lines = [line for line in lines if not line.startswith(others) and ">" not in line]
    assert len(lines) > 2
    for line in lines:
        assert [problem for words in commands(line) for problem in command_problems(words)] == [], line
        assert "stack-set" not in line or "--call-as DELEGATED_ADMIN" in line, line


def member(**parameters):
    return Filled(source("infra/organization/member.yaml"), HubAccount="999900001111", **parameters)


def test_a_member_forwards_exactly_the_monitored_calls():
    detectors = json.loads((ROOT / "infra/detectors.json").read_text())
    rules = member().properties("AWS::Events::Rule").values()
    pattern, closing, own, _ = (rule["EventPattern"] for rule in rules)
    # the canary and the heartbeat, which have parameters of their own, are in test_members.py
    calls = [one for one in pattern["detail"]["$or"] if "requestParameters" not in one]
    own, _ = own["$or"]
    assert sorted(pattern["detail-type"]) == sorted({kind for one in detectors for kind in one["detail_types"]})
    assert sorted(pattern["source"]) == sorted({one["source"] for one in detectors} | {"aws.events"})
    assert pattern["detail"]["errorCode"] == SUCCEEDED
    named = lambda calls: {(service, name) for one in calls for service in one["eventSource"] for name in one["eventName"]}
    monitored = {(one["event_source"], call["name"]) for one in detectors for call in one["events"]}
    same("the event pattern in infra/organization/member.yaml, compared with infra/detectors.json", named(calls), monitored)
    # closing calls, once
    ending = {(one["event_source"], call["name"]) for one in detectors for call in one["closingCalls"]["events"]} - monitored
    same("the rule ForwardClosing in infra/organization/member.yaml", named(closing["detail"]["$or"]), ending)
    assert closing["detail-type"] == ["AWS API Call via CloudTrail"] and closing["detail"]["errorCode"] == SUCCEEDED
    assert closing["source"] == sorted({one["source"] for one in detectors if ending & {(one["event_source"], call["name"]) for call in one["closingCalls"]["events"]}})
    assert not {kind for one in detectors for kind in one["closingCalls"]["eventbridge_events"]} - set(own["detail-type"])
    assert own == {
        "source": sorted({one["source"] for one in detectors if one["eventbridge_events"]}),
        "detail-type": [kind for one in detectors for kind in one["eventbridge_events"]],
    }
    for rule in rules:
        (target,) = rule["Targets"]
        assert target["Arn"] == f"arn:aws:events:{REGION}:999900001111:event-bus/{STACK}"


def test_the_look_up_role_of_a_member_allows_exactly_what_detectors_and_the_scan_look_up():
    detectors = json.loads((ROOT / "infra/detectors.json").read_text())
    scan = json.loads((ROOT / "infra/scan.json").read_text())
    roles = member(RoleRegion=REGION).properties("AWS::IAM::Role").values()
    (role,) = (one for one in roles if one.get("RoleName") == "sealwatch-lookup")
    # one role serves all Regions
    place = {"partition": "aws", "region": "*", "account": ACCOUNT}
    permissions = [permission for one in detectors for permission in one["permissions"]] + scan
    expected = {("Allow", "null", p["action"], p["resource"].format(**place), "{}") for p in permissions}
    # members may not list the accounts of the organization: the hub does
    expected -= {("Allow", "null", "organizations:ListAccounts", "*", "{}")}
    (policy,) = role["Policies"]
    roles = member(RoleRegion=REGION, SecurityHub="true").properties("AWS::IAM::Role").values()
    (importing,) = (one["Policies"][0]["PolicyDocument"] for one in roles if one.get("RoleName") == "sealwatch-lookup")
    product = f"arn:aws:securityhub:*:{ACCOUNT}:product/{ACCOUNT}/default"
    assert statements(importing) - statements(policy["PolicyDocument"]) == {("Allow", "null", "securityhub:BatchImportFindings", product, "{}")}
    same("the look-up role in infra/organization/member.yaml, compared with infra/detectors.json and scan.json", statements(policy["PolicyDocument"]), expected)
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": "arn:aws:iam::999900001111:root"}
    assert trust["Condition"] == {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::999900001111:role/{STACK}-*"}}
    # roles are global: the stacks of the other Regions create none
    assert not [one for one in member(RoleRegion="us-east-1").properties("AWS::IAM::Role").values() if one["RoleName"] == "sealwatch-lookup"]
