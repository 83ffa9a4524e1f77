"""Real Terraform: the plan of real key policies, and what CloudTrail records when the plan is applied.

The local AWS records the calls that it receives (CLOUDTRAIL_RECORDING=1). Its records differ from those of AWS, and `as_aws`
below corrects what is known. Calls that fail are recorded without an error, so nothing here may fail.
"""

import json
import os
import re
import shutil
from collections import defaultdict

import pytest

from templates import ROOT, run, sealwatch
from terraform_cli import PROVIDER, Terraform, Unavailable, environment, plugin_folders
from test_remediation import snippets

CONFIGURATION = ROOT / "infra/tests/terraform"
ACCOUNT = "333344445555"
REGION, REPLICA_REGION = "eu-west-1", "eu-central-1"
FOREIGN = "kms-key-policy-foreign-account"

# The calls of Terraform that Sealwatch reads.
CALLS = [
    "CreateKey", "ReplicateKey", "PutKeyPolicy", "EnableKeyRotation", "DisableKey", "ScheduleKeyDeletion",
    "CreateStream", "StartStreamEncryption", "DeleteStream",
    "CreateDeliveryStream", "StartDeliveryStreamEncryption", "DeleteDeliveryStream",
]

# The resources in infra/tests/terraform by name, and the rules that they violate.
VIOLATIONS_IN_THE_PLAN = {
    "aws_kms_key.public": {"kms-key-policy-public"},
    "aws_kms_key_policy.shared": {FOREIGN},
    "aws_kms_replica_key.replica": {FOREIGN},
    'module.key["invoices"].aws_kms_key.this': {FOREIGN},
}
VIOLATIONS_OF_KEYS = {
    "by_arn": {FOREIGN},
    "disabled": {"kms-key-disabled"},
    "invoices": {FOREIGN},
    "public": {"kms-key-policy-public"},
    "replica": {FOREIGN},
    "shared": {FOREIGN},
    "without_rotation": {"kms-key-rotation-disabled"},
}
VIOLATIONS_OF_STREAMS = {
    "kinesis/aws-managed-key": {"kinesis-stream-without-customer-key"},
    "kinesis/plain": {"kinesis-stream-unencrypted"},
    "firehose/aws-owned-key": {"firehose-stream-without-customer-key"},
    "firehose/plain": {"firehose-stream-unencrypted", "firehose-destination-without-customer-key"},
}


def start(folder, given):
    try:
        return Terraform(folder, given)
    except Unavailable as reason:
        pytest.skip(f"Terraform is not tested: {reason}")


class Applied:
    """The configuration, planned and applied to an account of the local AWS."""

    def __init__(self, account, folder):
        self.account, self.folder = account, folder
        shutil.copytree(CONFIGURATION, folder, dirs_exist_ok=True)
        self.terraform = start(folder, account.environment)
        self.terraform("plan", "-out=plan")
        (folder / "plan.json").write_text(self.terraform("show", "-json", "plan"))
        self.terraform("apply", "plan")
        self.keys = dict(self.descriptions())
        self.evaluated = self.replay("applied.json")

    def descriptions(self):
        """Every key's ARN, and its description, which is its name in the configuration."""
        for region in (REGION, REPLICA_REGION):
            kms = self.account.client("kms", region)
            for key in kms.list_keys()["Keys"]:
                metadata = kms.describe_key(KeyId=key["KeyArn"])["KeyMetadata"]
                yield metadata["Arn"], metadata["Description"]

    def records(self):
        """What CloudTrail recorded so far."""
        for region in (REGION, REPLICA_REGION):
            cloudtrail = self.account.client("cloudtrail", region)
            for call in CALLS:
                # the local AWS answers with the newest 50 events and no token for more
                attribute = {"AttributeKey": "EventName", "AttributeValue": call}
                events = cloudtrail.lookup_events(LookupAttributes=[attribute])["Events"]
                assert len(events) < 50
                yield from (self.as_aws(json.loads(event["CloudTrailEvent"])) for event in events)

    def as_aws(self, record):
        """A record of the local AWS in the form that AWS gives it.

        AWS lowers the first letter of each member, and records the response, from which alone follows which key a
        CreateKey created. The local AWS keeps the names of the API, and records no response.
        """
        record["requestParameters"] = lower(record["requestParameters"])
        member = {"CreateKey": "keyMetadata", "ReplicateKey": "replicaKeyMetadata"}.get(record["eventName"])
        if member:
            name = record["requestParameters"]["description"]
            (arn,) = [arn for arn, description in self.keys.items() if description == name]
            key = {"aWSAccountId": ACCOUNT, "arn": arn, "keyId": arn.split("/")[1], "keyManager": "CUSTOMER"}
            record["responseElements"] = {member: {**key, "keySpec": "SYMMETRIC_DEFAULT", "origin": "AWS_KMS"}}
        return record

    def replay(self, name):
        """The outcomes of all records so far."""
        (self.folder / name).write_text(json.dumps({"Records": list(self.records())}))
        # a busy machine takes longer for what has to settle
        return outcomes("replay", "--settle", "1h", name, cwd=self.folder)

    def name(self, outcome):
        """The name in the configuration of the resource that an outcome is about."""
        resource = outcome["resource"]
        service = {"AWS::Kinesis::Stream": "kinesis/", "AWS::KinesisFirehose::DeliveryStream": "firehose/"}.get(resource["type"])
        return service + resource["name"] if service else self.keys[resource["arn"]]

    def rules(self, evaluated, outcome):
        """The rules with this outcome, by the name of the resource."""
        found = defaultdict(set)
        for one in evaluated:
            if one["outcome"] == outcome:
                found[self.name(one)].add(one["rule"])
        return found


def lower(value):
    if isinstance(value, list):
        return [lower(one) for one in value]
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: lower(one) for name, one in value.items()}
    return value


def outcomes(command, *words, cwd):
    lines = run(sealwatch(), command, "--format", "json", "--all", "--exit-zero", *words, cwd=cwd).splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def applied(aws, tmp_path_factory):
    return Applied(aws.account(ACCOUNT), tmp_path_factory.mktemp("terraform"))


@pytest.fixture(scope="module")
def planned(applied):
    """The outcomes of the plan by the address of the resource."""
    found = defaultdict(list)
    for outcome in outcomes("policy", "plan.json", cwd=applied.folder):
        found[outcome["resource"]["name"].removeprefix("plan.json ")].append(outcome)
    return found


def addresses(planned, outcome):
    rules = {address: {one["rule"] for one in found if one["outcome"] == outcome} for address, found in planned.items()}
    return {address: found for address, found in rules.items() if found}


def test_the_plan_has_the_violations_of_its_key_policies_and_no_others(planned):
    assert addresses(planned, "violation") == VIOLATIONS_IN_THE_PLAN


def test_in_the_plan_only_a_policy_known_after_apply_is_unverified(planned):
    assert addresses(planned, "unverified").keys() == {"aws_kms_key_policy.by_arn"}


def test_every_key_of_the_plan_is_evaluated(planned):
    separate = {"aws_kms_key.shared", "aws_kms_key.by_arn"}  # their policies are resources of their own
    keys = {f"aws_kms_key.{name}" for name in ("default_policy", "public", "without_rotation", "disabled", "primary", "other_primary")}
    keys |= {f"aws_kms_replica_key.{name}" for name in ("replica", "replica_with_default_policy")}
    keys |= {f'module.key["{name}"].aws_kms_key.this' for name in ("orders", "invoices")}
    keys |= {"aws_kms_key_policy.shared", "aws_kms_key_policy.by_arn"}
    assert planned.keys() - separate == keys


def test_the_plan_says_the_account_and_the_region_of_each_key(planned):
    found = {address: {(one["account"], one["region"]) for one in found} for address, found in planned.items()}
    expected = lambda address: REPLICA_REGION if address.startswith("aws_kms_replica_key.") else REGION
    assert found == {address: {(ACCOUNT, expected(address))} for address in found}


def test_the_records_have_the_violations_of_the_keys_and_streams_and_no_others(applied):
    assert applied.rules(applied.evaluated, "violation") == {**VIOLATIONS_OF_KEYS, **VIOLATIONS_OF_STREAMS}


def test_nothing_in_the_records_is_unverified(applied):
    assert applied.rules(applied.evaluated, "unverified") == {}


def test_a_replica_is_in_its_own_region(applied):
    found = {one["region"] for one in applied.evaluated if applied.name(one).startswith("replica")}
    assert found == {REPLICA_REGION}


def test_the_records_confirm_what_the_plan_says_of_the_policies(applied, planned):
    """A policy that is in the plan violates the same rules when it is applied."""
    of_the_plan = {}
    for address, rules in addresses(planned, "violation").items():
        module, _, instance = address.removeprefix('module.key["').partition('"]')
        of_the_plan[module if instance else address.split(".")[1]] = rules
    recorded = {name: {rule for rule in rules if rule.startswith("kms-key-policy-")} for name, rules in VIOLATIONS_OF_KEYS.items()}
    del recorded["by_arn"]  # known after apply
    assert of_the_plan == {name: rules for name, rules in recorded.items() if rules}


def test_what_terraform_destroys_within_the_settle_time_is_not_reported_for_it(applied):
    """What a call says immediately remains. Comes last, because the other tests evaluate what was applied."""
    applied.terraform("destroy", "-auto-approve", "-refresh=false")
    found = applied.rules(applied.replay("destroyed.json"), "violation")
    deleted = {name: rules - {"kms-key-deletion-scheduled"} for name, rules in found.items()}
    settled = {"without_rotation": "kms-key-rotation-disabled", "kinesis/plain": "kinesis-stream-unencrypted", "firehose/plain": "firehose-stream-unencrypted"}
    expected = {name: rules - {settled.get(name)} for name, rules in {**VIOLATIONS_OF_KEYS, **VIOLATIONS_OF_STREAMS}.items()}
    assert {name: rules for name, rules in deleted.items() if rules} == {name: rules for name, rules in expected.items() if rules}
    assert {name for name, rules in found.items() if "kms-key-deletion-scheduled" in rules} == set(applied.keys.values())


# The Terraform of all remediations, with the provider's own schema. test_remediation.py checks that it parses.

# Resources that an older provider, which versions.tf allows, does not have yet.
NEWER = ["aws_msk_channel"]


def test_every_argument_in_the_terraform_of_a_remediation_exists(tmp_path):
    findings = outcomes("replay", "events", cwd=ROOT)
    texts = [*snippets(findings, "terraform"), 'resource "aws_kms_key" "this" {\n  rotate = true\n}']
    assert len(texts) > 10
    problems = defaultdict(list)
    for diagnostic in validated(texts, tmp_path):
        if not is_left_out(diagnostic["summary"]) and not is_newer(diagnostic):
            index = int(diagnostic["range"]["filename"].split("/")[0])
            problems[texts[index]].append(f"{diagnostic['summary']}: {diagnostic['detail']}")
    # the last one is wrong on purpose: the check reports faults
    (found,) = problems.pop(texts[-1])
    assert found.startswith("Unsupported argument")
    assert problems == {}


def validated(texts, folder):
    """What `terraform validate` reports of these texts, each of them a module."""
    modules = [f'module "m{index}" {{\n  source = "./{index}"\n}}\n' for index in range(len(texts))]
    (folder / "main.tf").write_text((CONFIGURATION / "versions.tf").read_text() + "".join(modules))
    for index, text in enumerate(texts):
        (folder / str(index)).mkdir()
        (folder / str(index) / "main.tf").write_text(text + "\n")
    terraform = start(folder, os.environ)
    return json.loads(terraform("validate", "-json", allowed=(0, 1)))["diagnostics"]


def is_left_out(summary):
    """True for what a remediation leaves out, because it shows only what to change."""
    missing = re.fullmatch("Missing required argument|Insufficient .* blocks", summary)
    return bool(missing) or summary in ("Reference to undeclared resource", "Reference to undeclared input variable")


def is_newer(diagnostic):
    """True for a resource that the provider here is too old for: a newer one checks its arguments."""
    return diagnostic["summary"] == "Invalid resource type" and any(f'"{kind}"' in diagnostic["detail"] for kind in NEWER)


# The search for the provider.

@pytest.mark.parametrize("given, folder", [
    ({"SEALWATCH_TERRAFORM_PLUGINS": "{home}/mine"}, "mine"),
    ({"TF_PLUGIN_CACHE_DIR": "{home}/cache"}, "cache"),
    ({"TF_CLI_CONFIG_FILE": "{home}/config.tfrc"}, "mirror"),
    ({"XDG_DATA_HOME": "{home}/data"}, "data/terraform/plugins"),
    ({}, ".local/share/terraform/plugins"),
    ({}, ".terraform.d/plugins"),
], ids=str)
def test_a_folder_with_the_provider_is_found(tmp_path, given, folder):
    given = {name: value.format(home=tmp_path) for name, value in given.items()}
    (tmp_path / "config.tfrc").write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{tmp_path}/mirror"\n  }}\n}}\n')
    assert tmp_path / folder not in plugin_folders(given, tmp_path)
    (tmp_path / folder / PROVIDER).mkdir(parents=True)
    assert tmp_path / folder in plugin_folders(given, tmp_path)


def test_settings_of_the_person_who_runs_the_tests_do_not_reach_terraform(tmp_path):
    given = {"TF_WORKSPACE": "live", "TF_CLI_ARGS_apply": "-refresh-only", "AWS_PROFILE": "live", "TF_PLUGIN_CACHE_DIR": str(tmp_path)}
    assert environment(given).keys() & given.keys() == {"TF_PLUGIN_CACHE_DIR"}
    assert "TF_PLUGIN_CACHE_DIR" not in environment({"TF_PLUGIN_CACHE_DIR": str(tmp_path / "missing")})
