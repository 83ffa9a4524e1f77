"""Every remediation that the sample events produce: its AWS CLI commands exist, and its Terraform parses."""

import json
import re
import tomllib
from pathlib import Path

import awscli
import botocore.session
import hcl2  # bc-python-hcl2, which checkov brings
import pytest
from awscli.shorthand import BackCompatVisitor, ShorthandParseError, ShorthandParser
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.validate import ParamValidator
from lark.exceptions import LarkError

from templates import ROOT, run, sealwatch

EXPECTED = tomllib.loads((ROOT / "events/expected.toml").read_text())

# Services that the AWS CLI names differently from botocore.
SERVICES = {"configservice": "config", "deploy": "codedeploy", "s3api": "s3"}
GLOBAL_OPTIONS = set(json.loads((Path(awscli.__file__).parent / "data/cli.json").read_text())["options"])
# Options that take the input of any operation from elsewhere: the required options may then be missing.
INPUT_OPTIONS = {"cli-input-json", "cli-input-yaml", "generate-cli-skeleton"}

SESSION = botocore.session.get_session()


@pytest.fixture(scope="module")
def findings():
    lines = run(sealwatch(), "replay", "--format", "json", "--exit-zero", "--all", "events", cwd=ROOT).splitlines()
    return [json.loads(line) for line in lines]


def snippets(findings, part):
    """The distinct snippets of one part of the remediations, each with a rule that produces it."""
    return {one["remediation"][part]: one["rule"] for one in findings if one["remediation"]}


# The shell

def commands(script):
    """The simple commands of a shell script as lists of words, with those inside `$( )`; raises ValueError."""
    found = []
    end = read_commands(script, 0, found)
    if end != len(script):
        raise ValueError(f"unexpected `)` at {script[end:end + 40]!r}")
    return found


def read_commands(script, at, found):
    """Adds the commands from `at` on to `found`; returns where the script ends, or the `)` that closes a `$(`."""
    words, word, quote, quoted_at = [], None, None, 0  # `word` is None between two words

    def end_command():
        if word is not None:
            words.append(word)
        if words:
            found.append(list(words))
        words.clear()

    while at < len(script):
        char, following = script[at], script[at + 1:at + 2]
        if quote == "'":
            if char == "'":
                quote = None
            else:
                word += char
        elif char == "$" and following == "(":
            inner = at + 2
            at = read_commands(script, inner, found)
            if at == len(script):
                raise ValueError(f"`$(` is never closed: {script[inner:inner + 40]!r}")
            word = (word or "") + "SUBSTITUTED"
        elif char == "\\":
            if following == "":
                raise ValueError("nothing follows the last backslash")
            at += 1
            if following != "\n":  # a backslash before the end of a line continues the line
                kept = "\\" if quote == '"' and following not in '"\\$`' else ""
                word = (word or "") + kept + following
        elif quote == '"':
            if char == '"':
                quote = None
            else:
                word += char
        elif char in "'\"":
            quote, quoted_at, word = char, at, word or ""
        elif char in " \t":
            if word is not None:
                words.append(word)
            word = None
        elif char == "#" and word is None:
            at = script.find("\n", at)
            if at < 0:
                at = len(script)
            continue
        elif char in ";&|\n":
            end_command()
            word = None
        elif char == ")":
            break
        elif char in "<>(`":
            raise ValueError(f"this test does not know `{char}`: {script[at:at + 40]!r}")
        else:
            word = (word or "") + char
        at += 1
    if quote:
        raise ValueError(f"a quote is never closed: {script[quoted_at:quoted_at + 40]!r}")
    end_command()
    return at


# The AWS CLI

def script_problems(script):
    """What is wrong with a shell script that calls the AWS CLI."""
    try:
        found = commands(script)
    except ValueError as problem:
        return [str(problem)]
    problems = [] if found else ["no command"]
    for words in found:
        problems += command_problems(words)
    return problems


def command_problems(words):
    """What is wrong with one command: its service, its operation, its options and their values."""
    if words[0] != "aws":
        return [f"`{words[0]}` is not the AWS CLI"]
    if len(words) < 3 or words[1].startswith("-") or words[2].startswith("-"):
        return [f"no service and operation: {' '.join(words)}"]
    _, service, operation, *rest = words
    called = f"aws {service} {operation}"
    try:
        model = SESSION.get_service_model(SERVICES.get(service, service))
    except UnknownServiceError:
        return [f"{called}: unknown service"]
    names = {xform_name(name).replace("_", "-"): name for name in model.operation_names}
    if operation not in names:
        return [f"{called}: unknown operation"]
    shape = model.operation_model(names[operation]).input_shape
    members = {xform_name(name).replace("_", "-"): name for name in shape.members} if shape else {}

    problems, given = [], {}
    for word in rest:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            option = name
            given[option] = [value] if equals else []
        elif given:
            given[option].append(word)
        else:
            problems.append(f"{called}: unexpected argument {word!r}")
    for option, values in given.items():
        negated = option.removeprefix("no-")
        if option in members:
            member = shape.members[members[option]]
            problems += [f"{called}: --{option}: {problem}" for problem in value_problems(member, values)]
        elif negated in members and shape.members[members[negated]].type_name == "boolean":
            problems += [f"{called}: --{option} takes no value"] if values else []
        elif option not in GLOBAL_OPTIONS | INPUT_OPTIONS:
            problems.append(f"{called}: unknown option --{option}")
    if shape and not given.keys() & INPUT_OPTIONS:
        options = {name: option for option, name in members.items()}
        missing = [options[name] for name in shape.required_members if options[name] not in given]
        problems += [f"{called}: missing option --{option}" for option in missing]
    return problems


def value_problems(shape, values):
    """What is wrong with the values of an option, by the shape of its member."""
    if shape.type_name == "boolean":
        return [f"takes no value, and has {values}"] if values else []
    if not values:
        return ["has no value"]
    if values[0].startswith(("file://", "fileb://")):
        return []  # a file of the reader
    if shape.type_name in ("structure", "map", "list"):
        try:
            value = structured(shape, values)
        except (ValueError, ShorthandParseError) as problem:
            return [str(problem)]
    elif len(values) > 1:
        return [f"has {len(values)} values"]
    elif "SUBSTITUTED" in values[0]:
        return []
    else:
        try:
            value = {"integer": int, "long": int, "float": float, "double": float}.get(shape.type_name, str)(values[0])
        except ValueError:
            return [f"is not of the type {shape.type_name}: {values[0]!r}"]
    report = ParamValidator().validate(value, shape)
    return ([report.generate_report()] if report.has_errors() else []) + list(enum_problems(shape, value))


def structured(shape, values):
    """A value in JSON, or in the shorthand syntax of the AWS CLI."""
    if values[0][:1] in ("{", "["):
        return json.loads(" ".join(values))
    if shape.type_name == "list" and "=" not in values[0]:
        return values
    parsed = [ShorthandParser().parse(value) for value in values]
    value = parsed if shape.type_name == "list" else parsed[0]
    BackCompatVisitor().visit(value, shape)
    return value


def enum_problems(shape, value):
    """Texts that are none of the values that the API takes, which botocore does not check."""
    if shape.type_name == "structure":
        for name, one in value.items():
            if name in shape.members:
                yield from enum_problems(shape.members[name], one)
    elif shape.type_name == "list":
        for one in value:
            yield from enum_problems(shape.member, one)
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{value!r} is not one of {', '.join(shape.enum)}"


# Terraform

def terraform_problems(text):
    """What is wrong with a Terraform snippet: HCL, or a comment with a policy statement as JSON below it."""
    below = re.sub(r"\A(?:#.*\n)+", "", text)
    if below.startswith("{"):
        try:
            json.loads(below)
        except ValueError as problem:
            return [f"invalid JSON: {problem}"]
        return []
    try:
        # the grammar wants a line break at the end
        parsed = hcl2.loads(text + "\n")
    except LarkError as problem:
        return [f"invalid HCL: {str(problem).splitlines()[0]}"]
    problems = [f"unexpected block or attribute: {name}" for name in parsed if name != "resource"]
    types = [kind for resource in parsed.get("resource", []) for kind in resource]
    problems += [f"unexpected type of resource: {kind}" for kind in types if not re.fullmatch(r"aws_[a-z0-9_]+", kind)]
    if not text.strip():
        problems.append("no resource and no comment")
    return problems


def all_problems(snippets, check):
    """The problems of all snippets that have any, by rule and snippet."""
    found = {f"{rule}: {text}": check(text) for text, rule in snippets.items()}
    return {text: problems for text, problems in found.items() if problems}


# The tests

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
    assert all_problems(snippets(findings, "cli"), script_problems) == {}


def test_every_terraform_snippet_parses(findings):
    assert all_problems(snippets(findings, "terraform"), terraform_problems) == {}


def test_every_command_that_a_detail_recommends_exists(findings):
    recommended = {text: one["rule"] for one in findings for text in re.findall(r"`(aws [^`]+)`", one["detail"])}
    assert recommended
    assert all_problems(recommended, script_problems) == {}


# The checks report what is wrong

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
], ids=str)
def test_a_correct_command_is_not_reported(script):
    assert script_problems(script) == []


@pytest.mark.parametrize("text, expected", [
    ('resource "aws_kms_key" "this" {', "invalid HCL"),
    ('resource "aws_kms_key" "this" {\n  policy = \n}', "invalid HCL"),
    ('resource "aws_kms_key" "this" {\n  a = "${b"\n}', "invalid HCL"),
    ('resource "kms_key" "this" {\n}', "unexpected type of resource: kms_key"),
    ('module "sealwatch" {\n}', "unexpected block or attribute: module"),
    ("# Add this statement\n{\"Effect\": \"Allow\",}", "invalid JSON"),
    ("", "no resource and no comment"),
], ids=str)
def test_a_broken_terraform_snippet_is_reported(text, expected):
    assert expected in "\n".join(terraform_problems(text))
