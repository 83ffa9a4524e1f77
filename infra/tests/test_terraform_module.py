"""infra/terraform: the same system as SAM and CDK, applied to a local AWS from released zips, and destroyed again."""

import json
import os
import re
import shutil
import uuid

import pytest

from conftest import ARCHITECTURE
from stack import Stack, changed
from templates import REGION, ROOT, Filled, expanded, source
from terraform_cli import Terraform, Unavailable
from terraform_plan import Plan, of_template, of_terraform
from test_release import VERSION
from test_templates import role_statements

MODULE = ROOT / "infra/terraform"
ACCOUNT = "888800001111"
LISTS = ("trusted_accounts", "trusted_organizations", "subnet_ids", "security_group_ids")
# What the module needs, and SAM does not: where the zips are, and tags, which the CLI gives a stack.
OWN_VARIABLES = {"architecture", "code_bucket", "code_prefix", "release_folder", "tags"}

# What is planned, by the parameters of SAM. The first one is applied. The others do not replace a role, whose ARN would be unknown.
CHOICES = {
    "security hub": {"AlertEmail": "oncall@example.com", "SecurityHub": "true"},
    "everything": {
        "AlertEmail": "oncall@example.com",
        "OperationsEmail": "platform@example.com",
        "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts",
        "TopicKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0d9c1f7e-5b3a-4c86-9d2e-7a6b5c4d3e06",
        "OperationsTopicArn": f"arn:aws:sns:{REGION}:999900001111:operations",
        "SettingsParameter": "/sealwatch/settings",
        "TrustedAccounts": "444455556666,organization",
        "TrustedOrganizations": "o-a1b2c3d4e5",
        "OrganizationRoleArn": "arn:aws:iam::999900001111:role/sealwatch/accounts",
        "SettleTime": "10m",
        "OrganizationId": "o-a1b2c3d4e5",
        "LookupRoleName": "audit/lookup",
        "ReservedConcurrency": "5",
        "ScanSchedule": "cron(0 5 * * ? *)",
        "PermissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/boundary",
        "SubnetIds": "subnet-0a1b2c3d,subnet-4e5f6a7b",
        "SecurityGroupIds": "sg-0a1b2c3d",
        "UseFipsEndpoint": "yes",
        "SecurityHub": "true",
        "LogRetentionDays": "90",
        "Dashboard": "no",
    },
    "no ledger, no scan": {"Ledger": "false", "ScanSchedule": "", "SettingsObject": "s3://acme.settings/prod/sealwatch.toml"},
}


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def variables(choice):
    """The variables of the module for parameters of SAM."""
    words = {"true": True, "false": False, "yes": True, "no": False}
    given = {snake(name): words.get(value, value) for name, value in choice.items()}
    return {name: value.split(",") if name in LISTS else value for name, value in given.items()}


def written(folder, released, choice):
    """A root module, as the examples have it, with a provider for the local AWS."""
    module = {"source": str(MODULE), "release_folder": str(released), "architecture": ARCHITECTURE, **variables(choice)}
    provider = {"region": REGION, "skip_credentials_validation": True, "skip_metadata_api_check": True}
    root = {"provider": {"aws": provider}, "module": {"sealwatch": module}, "output": {"all": {"value": "${module.sealwatch}"}}}
    (folder / "main.tf.json").write_text(json.dumps(root))


class Applied:
    """The module, applied to an account of the local AWS."""

    def __init__(self, account, folder, released):
        self.account, self.folder, self.released = account, folder, released
        written(folder, released, CHOICES["security hub"])
        try:
            self.terraform = Terraform(folder, account.environment)
        except Unavailable as reason:
            pytest.skip(f"the Terraform module is not tested: {reason}")
        self.terraform("validate")
        self.terraform("apply", "-auto-approve")

    def plan(self, choice):
        """What a choice describes, after another was applied."""
        written(self.folder, self.released, choice)
        self.terraform("plan", "-refresh=false", "-out=plan")
        return Plan(json.loads(self.terraform("show", "-json", "plan")), self.account.id)


@pytest.fixture(scope="module")
def applied(aws, released, tmp_path_factory):
    return Applied(aws.account(ACCOUNT), tmp_path_factory.mktemp("module"), released)


def of_sam(choice):
    text = json.dumps({name: value.replace(ACCOUNT, "111122223333") for name, value in choice.items()})
    return Filled(expanded(ARCHITECTURE), **json.loads(text))


@pytest.mark.parametrize("name", CHOICES)
def test_terraform_and_sam_describe_the_same_system(applied, name):
    template = of_sam(CHOICES[name])
    plan = applied.plan(CHOICES[name])
    terraform, sam = of_terraform(plan), of_template(template, role_statements)
    assert terraform.keys() == sam.keys()
    for part in sorted(sam):
        assert terraform[part] == sam[part], f"Terraform (left) and SAM differ in this part: {part}"
    if name == "security hub":
        outputs = {key: template.fill(one["Value"]) for key, one in template.template["Outputs"].items() if template.holds(one.get("Condition"))}
        ours = {key: value for key, value in plan.outputs["all"]["value"].items() if value is not None}
        assert ours == {snake(key): value for key, value in outputs.items()} and ours["version"] == VERSION


def test_an_event_becomes_one_message(applied):
    stack = Stack(applied.account)
    stack.seed()
    stack.subscribe()
    stack.match_test_sources()
    event = changed(stack.sample("kinesis-stream/stop-encryption.json"), str(uuid.uuid4()))
    stack.put(event)
    (message,) = stack.findings(event["detail"]["eventID"])[event["detail"]["eventID"]]
    assert [one["rule"] for one in message["findings"]] == ["kinesis-stream-unencrypted"]


def declared(kind):
    """The blocks of variables or outputs, by name."""
    text = (MODULE / f"{kind}s.tf").read_text()
    blocks = re.findall(rf'^{kind} "(\w+)" {{\n(.*?)^}}', text, re.M | re.S)
    member = lambda block, name: found.group(1) if (found := re.search(rf"^  {name}\s+= (.+)$", block, re.M)) else None
    return {name: {one: member(block, one) for one in ("description", "type", "default")} for name, block in blocks}


def test_the_variables_are_the_parameters_of_sam():
    parameters = {snake(name): one for name, one in source("infra/sam/template.yaml")["Parameters"].items()}
    found = declared("variable")
    assert found.keys() == parameters.keys() | OWN_VARIABLES
    for name, parameter in parameters.items():
        default = json.loads(found[name]["default"])
        expected = variables({name: str(parameter["Default"])})[name]
        expected = [] if expected == [""] else int(expected) if parameter["Type"] == "Number" else expected
        assert default == expected, name


def tables():
    """The variables and outputs for the README."""
    cell = lambda text: (text or "").strip('"').replace('\\"', '"').replace("|", "\\|")
    lines = ["## Inputs", "", "| Name | Description | Type | Default |", "| --- | --- | --- | --- |"]
    lines += [f"| `{name}` | {cell(one['description'])} | `{one['type']}` | `{one['default']}` |" for name, one in declared("variable").items()]
    lines += ["", "## Outputs", "", "| Name | Description |", "| --- | --- |"]
    lines += [f"| `{name}` | {cell(one['description'])} |" for name, one in declared("output").items()]
    return "\n".join(lines) + "\n"


def test_the_readme_lists_all_variables_and_outputs():
    text = (MODULE / "README.md").read_text()
    before, mark, after = re.split(r"(<!-- Written by .* -->\n)", text)
    if os.environ.get("UPDATE_README"):
        (MODULE / "README.md").write_text(before + mark + "\n" + tables())
        return
    (command,) = re.findall("Written by (.*) -->", mark)
    assert after == "\n" + tables(), f"run: {command}"
    assert all(one["description"] for kind in ("variable", "output") for one in declared(kind).values())


@pytest.mark.parametrize("example", ["minimal", "complete"])
def test_the_examples_are_valid_and_formatted(example, tmp_path):
    shutil.copytree(MODULE, tmp_path / "module")
    try:
        terraform = Terraform(tmp_path / "module/examples" / example, dict(os.environ))
    except Unavailable as reason:
        pytest.skip(f"the examples of the Terraform module are not tested: {reason}")
    terraform("validate")
    terraform("fmt", "-check", "-recursive", str(tmp_path / "module"))


@pytest.mark.parametrize(("variable", "value", "reason"), [
    ("name", "Sealwatch", "name must be at most 40 lower-case letters"),
    ("architecture", "arm", "architecture must be arm64 or x86_64"),
    ("settle_time", "5 minutes", "settle_time must be a duration"),
    ("log_retention_days", 31, "log_retention_days must be a number of days"),
    ("trusted_accounts", ["1234"], "trusted_accounts must be account ids"),
    ("ledger", False, "security_hub needs ledger"),
    ("subnet_ids", ["subnet-0a1b2c3d"], "Set subnet_ids and security_group_ids together"),
    ("code_bucket", "a-bucket", "Set either release_folder or code_bucket"),
])
def test_a_wrong_variable_is_rejected_with_the_reason(applied, variable, value, reason):
    written(applied.folder, applied.released, CHOICES["security hub"])
    root = json.loads((applied.folder / "main.tf.json").read_text())
    root["module"]["sealwatch"][variable] = value
    (applied.folder / "main.tf.json").write_text(json.dumps(root))
    done = applied.terraform.command("plan", "-refresh=false")
    assert done.returncode == 1 and reason in " ".join(done.stderr.replace("\u2502", "").split())


def test_the_copies_in_the_module_are_in_step():
    for name in ("detectors.json", "scan.json", "dashboard.json"):
        same = (MODULE / "data" / name).read_bytes() == (ROOT / "infra" / name).read_bytes()
        assert same, f"run: cp infra/{name} infra/terraform/data/"
    assert f'version   = "{VERSION}"' in (MODULE / "locals.tf").read_text()


def test_destroy_leaves_nothing(applied):
    """Runs last in this module."""
    written(applied.folder, applied.released, CHOICES["security hub"])
    applied.terraform("destroy", "-auto-approve")
    client = applied.account.client
    left = [
        *client("lambda").list_functions()["Functions"],
        *client("lambda").list_event_source_mappings()["EventSourceMappings"],
        *client("events").list_rules()["Rules"],
        *client("iam").list_roles()["Roles"],
        *client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/sealwatch")["logGroups"],
        *client("cloudwatch").describe_alarms()["MetricAlarms"],
        *client("cloudwatch").list_dashboards()["DashboardEntries"],
        *client("dynamodb").list_tables()["TableNames"],
        *client("sqs").list_queues(QueueNamePrefix="sealwatch").get("QueueUrls", []),
        *(one for one in client("sns").list_topics()["Topics"] if ":sealwatch" in one["TopicArn"]),
        *(one for one in client("scheduler").list_schedule_groups()["ScheduleGroups"] if one["Name"] != "default"),
        *(one for one in client("kms").list_aliases()["Aliases"] if one["AliasName"] == "alias/sealwatch"),
    ]
    assert left == []
