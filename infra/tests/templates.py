"""The templates as CloudFormation evaluates them: expanded, with conditions and references resolved."""

import functools
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from samcli.yamlhelper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
DETECTORS = json.loads((ROOT / "infra/detectors.json").read_text())
SCAN = "scan"
# what the scan calls
SCANNED = json.loads((ROOT / "infra/scan.json").read_text())
SECURITY_HUB = "security-hub"
FUNCTIONS = [*(detector["name"] for detector in DETECTORS), SCAN, SECURITY_HUB]
# of a stack of its own, infra/backfill
BACKFILL = "backfill"
# the folders in functions/
BUILT = [*FUNCTIONS, BACKFILL]
ACCOUNT, REGION, STACK = "111122223333", "eu-west-1", "sealwatch"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "any-stack-name",
}
ABSENT = object()
# what the patterns for monitored calls require of errorCode
SUCCEEDED = [{"exists": False}, ""]


def source(path, architecture="arm64"):
    """A YAML template, with `!Ref` and the like as `Ref`, `Fn::…`. For x86_64, its text is changed as docs/operations.md says."""
    text = (ROOT / path).read_text()
    return json.loads(json.dumps(yaml_parse(text.replace("arm64", architecture))))


def expanded(architecture="arm64", path="infra/sam/template.yaml"):
    """A SAM template as `infra/expand` writes it after `sam package`."""
    return json.loads(expansion(architecture, path))


@functools.cache
def expansion(architecture="arm64", path="infra/sam/template.yaml"):
    template = source(path, architecture)
    for resource in template["Resources"].values():
        for code in resource["Properties"].keys() & {"CodeUri", "DefinitionUri"}:
            resource["Properties"][code] = "s3://bucket/key"
    with tempfile.TemporaryDirectory() as folder:
        packaged = Path(folder) / "packaged.yaml"
        packaged.write_text(json.dumps(template))  # JSON is also YAML
        return run(sys.executable, ROOT / "infra/expand", packaged)


def synthesized(folder, app="sealwatch", stack=STACK, **context):
    """The CloudFormation template of a CDK app. `folder` gets placeholders for the built functions, which CDK reads the header of."""
    machine = {"arm64": 0xB7, "x86_64": 0x3E}[context.get("architecture", "arm64")]
    for name in BUILT:
        bootstrap = folder / "bootstraps" / f"sealwatch-{name}" / "bootstrap"
        bootstrap.parent.mkdir(parents=True, exist_ok=True)
        bootstrap.write_bytes(b"\x7fELF" + bytes(14) + machine.to_bytes(2, "little"))
    given = {"bootstraps": str(folder / "bootstraps"), **context}
    environment = {**os.environ, "CDK_OUTDIR": str(folder / "out"), "CDK_CONTEXT_JSON": json.dumps(given)}
    run("node", f"build/bin/{app}.js", cwd=ROOT / "infra/cdk", env=environment)
    return json.loads((folder / f"out/{stack}.template.json").read_text())


class Filled:
    """A template with its parameters. Resolves everything that is known before the deployment."""

    def __init__(self, template, **parameters):
        self.template = template
        defaults = {name: one.get("Default") for name, one in template.get("Parameters", {}).items()}
        unknown = parameters.keys() - defaults.keys()
        assert not unknown, f"unknown parameters: {unknown}"
        self.parameters = {**defaults, **parameters}
        every = template["Resources"].items()
        self.resources = {name: one for name, one in every if self.holds(one.get("Condition"))}

    def holds(self, condition):
        return condition is None or self.fill(self.template["Conditions"][condition])

    def properties(self, kind):
        """The properties of all resources of a type, by logical id."""
        every = self.resources.items()
        return {name: self.fill(one.get("Properties", {})) for name, one in every if one["Type"] == kind}

    def fill(self, value):
        if isinstance(value, list):
            return [item for item in map(self.fill, value) if item is not ABSENT]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), = value.items()
            if name in ("Ref", "Condition") and isinstance(argument, str):
                return self.holds(argument) if name == "Condition" else self.reference(argument)
            if name.startswith("Fn::"):
                return getattr(self, name[4:].lower() + "_")(argument)
        filled = {key: self.fill(item) for key, item in value.items()}
        return {key: item for key, item in filled.items() if item is not ABSENT}

    def reference(self, name):
        if name == "AWS::NoValue":
            return ABSENT
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            value = self.parameters[name]
            is_list = self.template["Parameters"][name]["Type"] == "CommaDelimitedList"
            return value.split(",") if is_list else value
        kind = self.template["Resources"][name]["Type"]
        named = {
            "AWS::Lambda::Function": "FunctionName",
            "AWS::Scheduler::ScheduleGroup": "Name",
            "AWS::Logs::LogGroup": "LogGroupName",
            "AWS::Events::EventBus": "Name",
            "AWS::DynamoDB::Table": "TableName",
        }
        if kind in named:
            return self.fill(self.template["Resources"][name]["Properties"][named[kind]])
        if kind == "AWS::SNS::Topic":
            return self.getatt_([name, "Arn"])
        return f"<{kind}>"

    def getatt_(self, argument):
        name, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
        resource = self.template["Resources"][name]
        given = {key: self.fill(item) for key, item in resource.get("Properties", {}).items() if "Name" in key}
        here = f"{REGION}:{ACCOUNT}"
        arns = {
            "AWS::SQS::Queue": ("QueueName", f"arn:aws:sqs:{here}:"),
            "AWS::SNS::Topic": ("TopicName", f"arn:aws:sns:{here}:"),
            "AWS::Lambda::Function": ("FunctionName", f"arn:aws:lambda:{here}:function:"),
            "AWS::Scheduler::ScheduleGroup": ("Name", f"arn:aws:scheduler:{here}:schedule-group/"),
            "AWS::Events::EventBus": ("Name", f"arn:aws:events:{here}:event-bus/"),
            "AWS::DynamoDB::Table": ("TableName", f"arn:aws:dynamodb:{here}:table/"),
        }
        if attribute == "StreamArn":
            return f"{self.getatt_([name, 'Arn'])}/stream/2026-11-26T00:00:00.000"
        if attribute in ("QueueName", "TopicName"):
            return given[attribute]
        if attribute == "Arn" and resource["Type"] == "AWS::Logs::LogGroup":
            return f"arn:aws:logs:{here}:log-group:{given['LogGroupName']}:*"
        if attribute == "Arn" and resource["Type"] in arns:
            key, prefix = arns[resource["Type"]]
            return prefix + given[key]
        return f"<{resource['Type']}.{attribute}>"

    def sub_(self, argument):
        text, given = argument if isinstance(argument, list) else (argument, {})
        given = {name: self.fill(value) for name, value in given.items()}

        def replaced(found):
            name = found.group(1)
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in given:
                return str(given[name])
            return str(self.getatt_(name) if "." in name else self.reference(name))

        return re.sub(r"\$\{([^}]+)\}", replaced, text)

    def if_(self, argument):
        condition, yes, no = argument
        return self.fill(yes if self.holds(condition) else no)

    def equals_(self, argument):
        left, right = map(self.fill, argument)
        return str(left) == str(right)

    def not_(self, argument):
        return not self.fill(argument[0])

    def or_(self, argument):
        return any(map(self.fill, argument))

    def and_(self, argument):
        return all(map(self.fill, argument))

    def join_(self, argument):
        separator, parts = argument
        return separator.join(map(str, self.fill(parts)))

    def select_(self, argument):
        index, parts = argument
        return self.fill(parts)[int(index)]

    def split_(self, argument):
        separator, text = argument
        return self.fill(text).split(separator)


def as_list(value):
    return value if isinstance(value, list) else [value]


def statements(document):
    """A policy as a set of effect, principal, action, resource and condition: their order does not matter."""
    found = set()
    for one in document["Statement"]:
        principal = json.dumps(one.get("Principal"), sort_keys=True)
        condition = {
            operator: {key: sorted(as_list(values)) for key, values in keys.items()}
            for operator, keys in one.get("Condition", {}).items()
        }
        for action in as_list(one["Action"]):
            for resource in as_list(one["Resource"]):
                found.add((one["Effect"], principal, action, resource, json.dumps(condition, sort_keys=True)))
    return found


def same(what, found, expected):
    """Fails if two sets differ, and lists everything that one of them lacks."""
    lines = [f"  lacks {one}" for one in sorted(expected - found)] + [f"  has in addition {one}" for one in sorted(found - expected)]
    if lines:
        pytest.fail("\n".join([f"{what}:", *lines]), pytrace=False)


def sealwatch():
    """The path of the command line, which ./test builds."""
    built = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "debug/sealwatch"
    path = os.environ.get("SEALWATCH_BIN", built)
    assert Path(path).exists(), f"{path} does not exist: run `cargo build -p sealwatch`"
    return str(path)


def run(*command, **options):
    """Runs a command and returns its standard output. If it fails, shows all output and raises AssertionError."""
    done = subprocess.run(command, text=True, capture_output=True, **options)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: exit status {done.returncode}"
    return done.stdout
