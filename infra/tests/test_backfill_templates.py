"""infra/backfill: SAM and CDK deploy the same, linters find nothing, and each call of an execution is allowed and no other."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from aws_cli import command_problems, commands
from iam import Call, Deployed, allowed
from templates import ACCOUNT, REGION, ROOT, expanded, run, same, sealwatch, synthesized
from test_lint import BIN, SKIPPED as SKIPPED_EVERYWHERE

TEMPLATE = "infra/backfill/template.yaml"
DEFINITION = (ROOT / "infra/backfill/state-machine.asl.json").read_text()
HERE = f"{REGION}:{ACCOUNT}"
CENTRAL = "999900001111"
KEY = f"arn:aws:kms:{REGION}:{CENTRAL}:key/5d1f6a1e-0b52-4a53-9f3c-1c8f2f0c7a01"
TOPIC = f"arn:aws:sns:{HERE}:findings"
TLS = {"aws:SecureTransport": "true"}
CHOICES = {
    "defaults": {"sourceBucket": "trail"},
    "everything": {
        "name": "audit",
        "sourceBucket": "trail",
        "sourcePrefix": "AWSLogs/o-a1b2c3d4e5/",
        "sourceKeyArn": KEY,
        "topicArn": TOPIC,
        "topicKeyArn": f"arn:aws:kms:{HERE}:key/0d9c1f7e-5b3a-4c86-9d2e-7a6b5c4d3e06",
        "alarmTopicArn": f"arn:aws:sns:{HERE}:operations",
        "maxConcurrency": "250",
        "toleratedFailurePercentage": "5",
        "chunkSize": "500",
        "extractMemory": "1024",
        "reportMemory": "10240",
        "keepDays": "30",
        "rolePath": "/sealwatch/",
        "permissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/boundary",
        "logRetentionDays": "90",
        "architecture": "x86_64",
    },
}
SKIPPED = SKIPPED_EVERYWHERE | {
    "CKV_AWS_18": "access logs of the bucket: it is scratch space of one function, and CloudTrail can record its data events",
    "CKV_AWS_21": "versions of objects: a run can be made again, and each object is written once",
}


@pytest.fixture(scope="module", params=[(way, name) for name in CHOICES for way in ("sam", "cdk")], ids="-".join)
def deployed(request, tmp_path_factory):
    way, name = request.param
    return made(way, CHOICES[name], tmp_path_factory.mktemp("cdk")), CHOICES[name]


def made(way, choice, folder):
    if way == "cdk":
        return Deployed(synthesized(folder, "backfill", "sealwatch-backfill", **choice))
    parameters = {name[0].upper() + name[1:]: value for name, value in choice.items() if name != "architecture"}
    return Deployed(expanded(choice.get("architecture", "arm64"), TEMPLATE), **parameters)


def comparable(template):
    """All resources of a template as a set, without what only SAM or only CDK adds, and numbers as text."""
    found = set()
    for kind in {one["Type"] for one in template.resources.values()} - {"AWS::CDK::Metadata"}:
        for name, properties in template.properties(kind).items():
            for added in ("Code", "Tags", "DefinitionS3Location", "DefinitionString"):
                properties.pop(added, None)
            text = json.dumps(properties, sort_keys=True)
            # roles have no name of their own: they are those of their functions
            text = re.sub(r"role([a-z/]*)sealwatch-\w+", r"role\1", text)
            text = re.sub(r"<AWS::(S3::Bucket|KMS::Key)(\.\w+)?>|key/\w+", lambda one: one[0].split("/")[0], text)
            found.add((kind, re.sub(r'(?<=[:\[ ])"(\d+)"', r"\1", text)))
    return found


def normalized(document):
    """JSON in which the order of lists does not matter, and a list of one is its member."""
    if isinstance(document, dict):
        return {name: normalized(one) for name, one in document.items()}
    if isinstance(document, list):
        members = sorted((normalized(one) for one in document), key=lambda one: json.dumps(one, sort_keys=True))
        return members[0] if len(members) == 1 else members
    return document


@pytest.mark.parametrize("name", CHOICES)
def test_sam_and_cdk_deploy_the_same(name, tmp_path):
    sam, cdk = (made(way, CHOICES[name], tmp_path) for way in ("sam", "cdk"))
    read = lambda template: {(kind, json.dumps(normalized(json.loads(text)), sort_keys=True)) for kind, text in comparable(template)}
    same("CDK, compared with SAM", read(cdk), read(sam))
    assert [one["DefinitionString"] for one in cdk.properties("AWS::StepFunctions::StateMachine").values()] == [DEFINITION]
    outputs = lambda template: {name: one["Description"] for name, one in template.template["Outputs"].items()}
    assert outputs(sam) == {name: text for name, text in outputs(cdk).items()}
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    assert sam.template["Outputs"]["Version"]["Value"] == cdk.template["Outputs"]["Version"]["Value"] == version
    descriptions = {one["Description"] for one in sam.properties("AWS::Lambda::Function").values()}
    assert descriptions == {f"Sealwatch {version}"}


def test_the_definition_uses_what_is_substituted_and_fits_the_limits_of_a_child_execution(deployed):
    template, choice = deployed
    (machine,) = template.properties("AWS::StepFunctions::StateMachine").values()
    given = machine["DefinitionSubstitutions"]
    assert set(re.findall(r"\$\{(\w+)\}", DEFINITION)) == given.keys()
    filled = re.sub(r"\$\{(\w+)\}", lambda one: str(given[one[1]]), DEFINITION)
    states = json.loads(filled)["States"]
    extract = states["Extract"]
    assert extract["MaxConcurrency"] == int(choice.get("maxConcurrency", 100))
    tolerated = int(choice.get("toleratedFailurePercentage", 0))
    assert states["Report"]["Parameters"]["Payload"]["tolerated"] == tolerated
    # one chunk that fails does not stop the others
    most = template.template["Parameters"].get("ToleratedFailurePercentage", {"MaxValue": 20})["MaxValue"]
    assert tolerated <= most == extract["ToleratedFailurePercentage"]
    assert extract["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    timeouts = {one["FunctionName"].split("-", 1)[1]: one["Timeout"] for one in template.properties("AWS::Lambda::Function").values()}
    # an Express execution ends after five minutes
    assert timeouts == {"backfill": 900, "backfill-extract": 270}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("templates")
    for way in ("sam", "cdk"):
        template = made(way, CHOICES["everything"], tmp_path_factory.mktemp("cdk")).template
        (folder / f"{way}.template.json").write_text(json.dumps(template, indent=2))
    return folder


def test_cfn_lint_finds_nothing(folder):
    # W3005: CDK adds a DependsOn that a reference already implies
    # E3601: the placeholders of a definition string are replaced by numbers before it has to be JSON
    command = [BIN / "cfn-lint", "--format", "json", "--ignore-checks", "W3005", "E3601", "--", *folder.iterdir()]
    done = subprocess.run(list(map(str, command)), text=True, capture_output=True)
    assert [f"{one['Filename']} {one['Rule']['Id']} {one['Message']}"[:300] for one in json.loads(done.stdout)] == []


def test_checkov_finds_nothing_except_skipped_checks(folder):
    command = [BIN / "checkov", "--skip-download", "--framework", "cloudformation", "--output", "json"]
    report = json.loads(run(*map(str, [*command, "--skip-check", ",".join(SKIPPED), "--directory", folder])))
    assert [(one["check_id"], one["check_name"], one["resource"]) for one in report["results"]["failed_checks"]] == []
    assert {Path(one["file_path"]).name for one in report["results"]["passed_checks"]} == {it.name for it in folder.iterdir()}


def test_the_key_policy_passes_the_projects_own_rules(deployed, tmp_path):
    (key,) = deployed[0].properties("AWS::KMS::Key").values()
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps(key["KeyPolicy"]))
    command = [sealwatch(), "policy", "--account", ACCOUNT, "--format", "json", "--all", str(policy)]
    outcomes = [json.loads(line)["outcome"] for line in run(*command).splitlines()]
    assert outcomes.count("compliant") >= 8 and set(outcomes) <= {"compliant", "not-applicable"}


def roles(template):
    """The ARNs of the roles that plan and report, that extract, and of the state machine."""
    by_function = {one["FunctionName"].split("-", 1)[1]: one["Role"] for one in template.properties("AWS::Lambda::Function").values()}
    (machine,) = template.properties("AWS::StepFunctions::StateMachine").values()
    return by_function["backfill"], by_function["backfill-extract"], machine["RoleArn"]


OWN = "<AWS::S3::Bucket.Arn>"
VIA_S3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
# what S3 and KMS of the same account add to a decision: nothing
ANYONE = [{"Effect": "Allow", "Principal": "*", "Action": "*"}]


def may(template, role, action, resource, context=None):
    identity, _ = template.role(role)
    # `Resource` of the bucket of the stack is a reference, which has no account
    call = Call(role, action, resource if resource.startswith("arn:") else f"arn:aws:s3:::{resource}", context or {})
    statements = json.loads(json.dumps(identity).replace(OWN, "arn:aws:s3:::own"))
    return allowed(call, statements, ANYONE if action.startswith("kms:") else None)


def test_each_role_may_make_its_calls_and_no_others(deployed):
    template, choice = deployed
    main, extract, machine = roles(template)
    prefix = choice.get("sourcePrefix", "AWSLogs/")
    key = template.arn(template.ids("AWS::KMS::Key")[0])
    yes = [
        (main, "s3:ListBucket", "trail"),
        (main, "s3:ListBucket", "own"),
        (main, "s3:GetObject", "own/settings.toml"),
        (main, "s3:GetObject", "own/runs/r/extracts/000001.extract.gz"),
        (main, "s3:PutObject", "own/runs/r/keys/000001.keys"),
        (extract, "s3:ListBucket", "trail"),
        (extract, "s3:GetObject", f"trail/{prefix}111122223333/CloudTrail/x.json.gz"),
        (extract, "s3:GetObject", "own/runs/r/keys/000001.keys"),
        (extract, "s3:PutObject", "own/runs/r/extracts/000001.extract.gz"),
        (extract, "s3:PutObject", "own/runs/r/failures/000001.txt"),
        (machine, "s3:GetObject", "own/runs/r/items.json"),
        (machine, "s3:PutObject", "own/runs/r/map/1/manifest.json"),
    ]
    no = [
        (main, "s3:GetObject", f"trail/{prefix}x.json.gz"),
        (main, "s3:PutObject", "own/settings.toml"),
        (main, "s3:DeleteObject", "own/runs/r/plan.json"),
        (main, "s3:ListBucket", "payroll"),
        (extract, "s3:GetObject", "trail/other/x.json.gz"),
        (extract, "s3:GetObject", "own/runs/r/extracts/000001.extract.gz"),
        (extract, "s3:PutObject", "own/runs/r/findings.jsonl"),
        (extract, "s3:PutObject", f"trail/{prefix}x.json.gz"),
        (machine, "s3:GetObject", "own/runs/r/findings.jsonl"),
        (machine, "s3:GetObject", f"trail/{prefix}x.json.gz"),
    ]
    for role, action, resource in yes:
        assert may(template, role, action, resource), (role, action, resource)
    for role, action, resource in no:
        assert not may(template, role, action, resource), (role, action, resource)
    for role in (main, extract, machine):
        for action in ("kms:Decrypt", "kms:GenerateDataKey"):
            assert may(template, role, action, key, VIA_S3) and not may(template, role, action, key)
    assert may(template, extract, "kms:Decrypt", KEY) == ("sourceKeyArn" in choice)
    assert not may(template, main, "kms:Decrypt", KEY) and not may(template, extract, "kms:GenerateDataKey", KEY)
    assert may(template, main, "sns:Publish", TOPIC) == ("topicArn" in choice) and not may(template, extract, "sns:Publish", TOPIC)
    name = f"{choice.get('name', 'sealwatch')}-backfill"
    states = f"arn:aws:states:{HERE}"
    assert may(template, machine, "states:StartExecution", f"{states}:stateMachine:{name}")
    assert not may(template, machine, "states:StartExecution", f"{states}:stateMachine:other")
    for execution in (f"{name}:0a1b", f"{name}/Extract:0a1b"):
        for action in ("DescribeExecution", "StopExecution"):
            assert may(template, machine, f"states:{action}", f"{states}:execution:{execution}")
    for function in (name, f"{name}-extract"):
        assert may(template, machine, "lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:{function}")
    for function in (main, extract):
        assert template.allows(Call("lambda.amazonaws.com", "sts:AssumeRole", function))
    source = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": f"{states}:stateMachine:{name}"}
    assert template.allows(Call("states.amazonaws.com", "sts:AssumeRole", machine, source))
    assert not template.allows(Call("states.amazonaws.com", "sts:AssumeRole", machine, {**source, "aws:SourceAccount": CENTRAL}))


def test_the_bucket_is_encrypted_private_and_reached_over_tls_only(deployed):
    template, choice = deployed
    (bucket,), (policy,) = (template.properties(f"AWS::S3::{kind}").values() for kind in ("Bucket", "BucketPolicy"))
    assert set(bucket["PublicAccessBlockConfiguration"].values()) <= {True, "true"} and len(bucket["PublicAccessBlockConfiguration"]) == 4
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms" and "VersioningConfiguration" not in bucket
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Prefix"], int(rule["ExpirationInDays"])) == ("runs/", int(choice.get("keepDays", 90)))
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(template.ids("AWS::CloudWatch::Alarm")) == ("alarmTopicArn" in choice)
    # the bucket that holds runs is not deleted with what is in it
    assert all("DeletionPolicy" not in one or one["DeletionPolicy"] == "Delete" for one in template.resources.values())


def documented(marker):
    """The JSON below a comment in docs/backfill.md."""
    return json.loads(re.search(rf"<!-- {marker} -->\n```json\n(.*?)```", (ROOT / "docs/backfill.md").read_text(), re.DOTALL)[1])


def test_the_documented_policies_admit_the_functions_to_a_central_bucket_and_its_key(deployed):
    template, choice = deployed
    main, extract, _ = roles(template)
    text = lambda statements: json.loads(json.dumps(statements).replace("LIST-ROLE-ARN", main).replace("EXTRACT-ROLE-ARN", extract))
    bucket, key = text(documented("bucket policy")), text(documented("key policy"))
    prefix = "AWSLogs/o-a1b2c3d4e5/"
    for role, action, resource, want in (
        (main, "s3:ListBucket", "arn:aws:s3:::central-trail", True),
        (extract, "s3:ListBucket", "arn:aws:s3:::central-trail", True),
        (extract, "s3:GetObject", f"arn:aws:s3:::central-trail/{prefix}x", True),
        (main, "s3:GetObject", f"arn:aws:s3:::central-trail/{prefix}x", False),
        (extract, "s3:PutObject", f"arn:aws:s3:::central-trail/{prefix}x", False),
    ):
        # what the central account decides; the roles of the stack are checked above
        statements = [{**one, "Principal": "*"} for one in bucket if role in one["Principal"]["AWS"]]
        assert allowed(Call(role, action, resource), (), statements) == want, (role, action)
    (statement,) = key
    assert statement["Principal"] == {"AWS": extract} and statement["Action"] == "kms:Decrypt"


def test_the_documented_commands_are_valid():
    text = (ROOT / "docs/backfill.md").read_text().replace("\\\n", "")
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("aws ")]
    lines = [line for line in lines if not line.startswith("aws s3 ")]
    assert len(lines) > 3
    for line in lines:
        assert [problem for words in commands(line) for problem in command_problems(words)] == [], line
