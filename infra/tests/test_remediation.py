"""The remediation of all findings about the sample events: the AWS CLI commands exist, and the Terraform parses."""

import json
import re
import tomllib

import hcl2  # of bc-python-hcl2, see infra/requirements.txt
import pytest
from lark.exceptions import LarkError

from aws_cli import script_problems
from templates import ROOT, run, sealwatch

EXPECTED = tomllib.loads((ROOT / "events/expected.toml").read_text())


@pytest.fixture(scope="module")
def findings():
    lines = run(sealwatch(), "replay", "--format", "json", "--exit-zero", "--all", "events", cwd=ROOT).splitlines()
    return [json.loads(line) for line in lines]


def snippets(findings, part):
    """The distinct snippets of one part of the remediations, each with a rule that produces it."""
    return {one["remediation"][part]: one["rule"] for one in findings if one["remediation"]}


def terraform_problems(text):
    """What is wrong with a Terraform snippet: resources, or a policy statement as a local value."""
    try:
        # the grammar requires a line break at the end
        parsed = hcl2.loads(text + "\n")
    except LarkError as problem:
        return [f"invalid HCL: {str(problem).splitlines()[0]}"]
    problems = [f"unexpected block or attribute: {name}" for name in parsed if name not in ("resource", "locals")]
    types = [kind for resource in parsed.get("resource", []) for kind in resource]
    problems += [f"unexpected type of resource: {kind}" for kind in types if not re.fullmatch(r"aws_[a-z0-9_]+", kind)]
    if not text.strip():
        problems.append("no resource and no comment")
    return problems


def check_all(snippets, check):
    """Fails if a snippet has a problem: says of which rule, what is wrong, and shows the snippet."""
    found = [f"{rule}: {problem}, in this text of its findings:\n{text}\n" for text, rule in snippets.items() for problem in check(text)]
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_every_rule_that_a_sample_violates_has_a_remediation(findings):
    violated = {rule for outcomes in EXPECTED.values() for rule in outcomes.get("violation", [])}
    assert violated
    assert violated - {one["rule"] for one in findings if one["remediation"]} == set()


def test_every_violation_has_all_parts_of_a_remediation(findings):
    violations = [one for one in findings if one["outcome"] == "violation"]
    assert violations
    for one in violations:
        assert one["remediation"].keys() == {"cli", "terraform", "console"}
        assert all(text.strip() for text in one["remediation"].values()), one["rule"]


def test_every_cli_command_exists(findings):
    check_all(snippets(findings, "cli"), script_problems)


def test_every_terraform_snippet_parses(findings):
    check_all(snippets(findings, "terraform"), terraform_problems)


def test_every_command_that_a_detail_recommends_exists(findings):
    recommended = {text: one["rule"] for one in findings for text in re.findall(r"`(aws [^`]+)`", one["detail"])}
    assert recommended
    check_all(recommended, script_problems)


# The checks themselves: they report faults, and only faults.

@pytest.mark.parametrize("script, expected", [
    ("aws kinesys list-streams", ["aws kinesys list-streams: unknown service"]),
    ("aws kms seal-key --key-id k", ["aws kms seal-key: unknown operation"]),
    ("aws kms enable-key --key k", ["aws kms enable-key: unknown option --key", "aws kms enable-key: missing option --key-id"]),
    ("aws kms enable-key --key-id", ["aws kms enable-key: --key-id: has no value"]),
    ("aws kms enable-key --key-id a b", ["aws kms enable-key: --key-id: has 2 values"]),
    ("aws kms enable-key k --key-id k", ["aws kms enable-key: unexpected argument 'k'"]),
    ("aws --region eu-west-1", ["no service and operation: aws --region eu-west-1"]),
    ("terraform apply", ["`terraform` is not the AWS CLI"]),
    ("# only a comment", ["no command"]),
    (
        "aws kms enable-key --key-id k && aws kms tag-resource --key-id k",
        ["aws kms tag-resource: missing option --tags"],
    ),
    ('aws kms enable-key --key-id "$(aws kms find-key --alias a)"', ["aws kms find-key: unknown operation"]),
    (
        "aws kinesis start-stream-encryption --stream-name s --encryption-type AES --key-id k",
        ["aws kinesis start-stream-encryption: --encryption-type: 'AES' is not one of NONE, KMS"],
    ),
    (
        "aws kms enable-key-rotation --key-id k --rotation-period-in-days year",
        ["aws kms enable-key-rotation: --rotation-period-in-days: is not of the type integer: 'year'"],
    ),
    (
        "aws cloudtrail update-trail --name t --enable-log-file-validation true",
        ["aws cloudtrail update-trail: --enable-log-file-validation: takes no value, and has ['true']"],
    ),
], ids=str)
def test_a_wrong_command_is_reported(script, expected):
    assert script_problems(script) == expected


@pytest.mark.parametrize("script, expected", [
    ("aws kms enable-key --key-id 'k", "a quote is never closed"),
    ('aws kms enable-key --key-id "$(aws kms list-keys"', "a quote is never closed"),
    ("aws kms enable-key --key-id $(aws kms list-keys", "`$(` is never closed"),
    ("aws kms list-keys)", "unexpected `)`"),
    (
        "aws kafka update-security --cluster-arn a --current-version 1 --encryption-info 'EncryptionInTransit={Client=TLS}'",
        "Unknown parameter in EncryptionInTransit",
    ),
    (
        "aws kafka update-security --cluster-arn a --current-version 1 --encryption-info 'EncryptionInTransit={ClientBroker=SSL}'",
        "'SSL' is not one of TLS",
    ),
    ("aws kafka update-security --cluster-arn a --current-version 1 --encryption-info 'EncryptionInTransit={'", "Expected"),
], ids=str)
def test_a_broken_argument_is_reported(script, expected):
    (problem,) = script_problems(script)
    assert expected in problem


@pytest.mark.parametrize("script", [
    "# a comment; with $( and '\naws kms list-keys # and another",
    "aws kms enable-key --key-id 'it'\\''s; a key' --region eu-west-1 --profile audit",
    'aws kms enable-key --key-id "$(aws kms describe-key --key-id \\\n alias/a --query KeyMetadata.KeyId --output text)"',
    "aws cloudtrail update-trail --name=t --no-enable-log-file-validation",
    "aws kafka create-cluster-v2 --cli-input-json file://cluster.json",
    "aws kms tag-resource --key-id k --tags TagKey=a,TagValue=b TagKey=c,TagValue=d",
    """aws kms tag-resource --key-id k --tags '[{"TagKey": "a", "TagValue": "b"}]'""",
    'aws kms enable-key --key-id "$(base64 < file | tr -d x)"',
], ids=str)
def test_a_correct_command_is_not_reported(script):
    assert script_problems(script) == []


@pytest.mark.parametrize("text, expected", [
    ('resource "aws_kms_key" "this" {', "invalid HCL"),
    ('resource "aws_kms_key" "this" {\n  policy = \n}', "invalid HCL"),
    ('resource "aws_kms_key" "this" {\n  a = "${b"\n}', "invalid HCL"),
    ('resource "kms_key" "this" {\n}', "unexpected type of resource: kms_key"),
    ('module "sealwatch" {\n}', "unexpected block or attribute: module"),
    ("# Add this statement\n{\"Effect\": \"Allow\"}", "invalid HCL"),
    ('locals {\n  corrected_statement = {\n    "Effect": \n  }\n}', "invalid HCL"),
    ("", "no resource and no comment"),
], ids=str)
def test_a_broken_terraform_snippet_is_reported(text, expected):
    assert expected in "\n".join(terraform_problems(text))
