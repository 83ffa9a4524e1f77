"""SAM and CDK deploy the same system, and both agree with the list of detectors."""

import functools
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

from templates import ACCOUNT, DETECTORS, FUNCTIONS, REGION, ROOT, SCAN, SCANNED, SECURITY_HUB, SUCCEEDED, Filled, as_list, expanded, expansion, same, source, statements, synthesized

ARN = f"{REGION}:{ACCOUNT}"
OPERATIONS = f"arn:aws:sns:{ARN}:sealwatch-operations"
FINDINGS = f"arn:aws:sns:{ARN}:sealwatch-findings"
LEDGER = f"arn:aws:dynamodb:{ARN}:table/sealwatch-ledger"
# Through DynamoDB, which uses the key on behalf of its callers.
VIA_DYNAMODB = {"StringEquals": {"kms:ViaService": [f"dynamodb.{REGION}.amazonaws.com"]}}
LEDGER_KEY_USES = ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo")

# The detector whose function also hears the canary and the heartbeats of members.
HEARS = "kms-key-lifecycle"
CANARY = {
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "eventSource": ["kms.amazonaws.com"],
        "eventName": ["UpdateKeyDescription"],
        "errorCode": [{"exists": False}],
        "requestParameters": {"keyId": ["<AWS::KMS::Key>", "<AWS::KMS::Key.Arn>"], "description": [{"prefix": "sealwatch canary "}]},
    },
}

# Options of the stack: none, and all. The names are those of the CDK app; those of SAM start with a capital letter.
CHOICES = {
    "defaults": {},
    "everything": {
        "alertEmail": "oncall@example.com",
        "operationsEmail": "platform@example.com",
        "topicArn": f"arn:aws:sns:{ARN}:alerts",
        "topicKeyArn": f"arn:aws:kms:{ARN}:key/0d9c1f7e-5b3a-4c86-9d2e-7a6b5c4d3e06",
        "operationsTopicArn": f"arn:aws:sns:{REGION}:999900001111:operations",
        "settingsParameter": "/sealwatch/settings",
        "trustedAccounts": "444455556666,777788889999,organization",
        "organizationRoleArn": "arn:aws:iam::111122223333:role/sealwatch/accounts",
        "trustedOrganizations": "o-a1b2c3d4e5",
        "settleTime": "10m",
        "organizationId": "o-a1b2c3d4e5",
        "lookupRoleName": "audit/lookup",
        "architecture": "x86_64",
        "reservedConcurrency": "5",
        "scanSchedule": "cron(0 5 * * ? *)",
        "rolePath": "/sealwatch/",
        "permissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/boundary",
        "subnetIds": "subnet-0a1b2c3d,subnet-4e5f6a7b",
        "securityGroupIds": "sg-0a1b2c3d",
        "useFipsEndpoint": "yes",
        "ledger": "true",
        "securityHub": "true",
        "logRetentionDays": "90",
        "dashboard": "no",
    },
    "central topics": {
        "topicArn": f"arn:aws:sns:{REGION}:999900001111:findings",
        "operationsTopicArn": f"arn:aws:sns:{REGION}:999900001111:operations",
        "alertEmail": "oncall@example.com",
        "rolePath": "/sealwatch/",
    },
    "hub": {"organizationId": "o-a1b2c3d4e5", "lookupRoleName": "sealwatch-lookup", "securityHub": "true"},
    "security hub": {"securityHub": "true"},
    "no scan": {"scanSchedule": ""},
    "no ledger": {"ledger": "false"},
    "settings in S3": {"settingsObject": "s3://acme.settings/prod/sealwatch.toml", "trustedAccounts": "organization"},
    "inline settings, one address": {"settings": "[keys]\nrequired = 'cloudhsm'", "alertEmail": "oncall@example.com"},
}


@functools.cache
def templates(name):
    """The templates of SAM and CDK for a choice of options, each with the values of its parameters."""
    choice = CHOICES[name]
    parameters = {key[0].upper() + key[1:]: value for key, value in choice.items() if key != "architecture"}
    with tempfile.TemporaryDirectory() as folder:
        cdk = synthesized(Path(folder), **choice)
    return {"sam": (expanded(choice.get("architecture", "arm64")), parameters), "cdk": (cdk, {})}


@pytest.fixture(scope="module")
def both():
    """Both templates for every choice of options."""
    every = ((way, name, *one) for name in CHOICES for way, one in templates(name).items())
    return {(way, name): Filled(template, **parameters) for way, name, template, parameters in every}


@pytest.fixture(params=["sam", "cdk"])
def way(request):
    return request.param


@pytest.fixture(params=list(CHOICES))
def name(request):
    return request.param


@pytest.fixture
def template(both, way, name):
    return both[way, name]


@pytest.fixture
def choice(name):
    return CHOICES[name]


def scans(choice):
    return choice.get("scanSchedule") != ""


def imports(choice):
    """Whether findings are imported into Security Hub."""
    return choice.get("securityHub") == "true"


def functions(choice):
    """The names of all functions, without the prefix."""
    there = {SCAN: scans(choice), SECURITY_HUB: imports(choice)}
    return [name for name in FUNCTIONS if there.get(name, True)]


def lookups_of(name):
    """The permissions of a function's look-ups."""
    return SCANNED if name == SCAN else next(one["permissions"] for one in DETECTORS if one["name"] == name)


def function_of(template, name):
    """The logical id and the properties of a function."""
    every = template.properties("AWS::Lambda::Function").items()
    found = [(one, it) for one, it in every if it["FunctionName"] == f"sealwatch-{name}"]
    assert len(found) == 1, f"{len(found)} functions {name}, not one"
    return found[0]


def rules(template):
    return template.properties("AWS::Events::Rule").values()


def has_ledger(choice):
    return choice.get("ledger") != "false"


def test_there_is_a_function_for_every_detector_and_one_for_the_scan(template, choice):
    names = {one["FunctionName"] for one in template.properties("AWS::Lambda::Function").values()}
    same("the functions, compared with infra/detectors.json", names, {f"sealwatch-{name}" for name in functions(choice)})


def expected_rules(choice):
    """The rules that invoke the functions of detectors, by name: the detector and the event pattern."""
    wanted = {}
    for detector in DETECTORS:
        closing = detector["closingCalls"]
        assert closing["events"] or not closing["eventbridge_events"]
        wanted[f"sealwatch-{detector['name']}"] = detector, detector, [CANARY] if detector["name"] == HEARS else []
        if has_ledger(choice) and closing["events"]:
            wanted[f"sealwatch-{detector['name']}-closing"] = detector, closing, []
    for name, (detector, calls, others) in wanted.items():
        recorded = {
            "detail-type": calls["detail_types"],
            "detail": {
                "errorCode": SUCCEEDED,
                "eventSource": [detector["event_source"]],
                "eventName": [call["name"] for call in calls["events"]],
            },
        }
        own = calls["eventbridge_events"]
        alternatives = [recorded, *([{"detail-type": own}] if own else []), *others]
        pattern = {"$or": alternatives} if len(alternatives) > 1 else recorded
        wanted[name] = detector, {"source": [detector["source"]], **pattern}
    return wanted


def test_each_function_has_rules_that_match_exactly_its_calls(template, choice):
    wanted = expected_rules(choice)
    rules = {rule["Name"]: rule for rule in template.properties("AWS::Events::Rule").values()}
    same("the rules for calls", {name for name in rules if not re.search("-watch-|-heartbeats$", name)}, wanted.keys())
    for name, (detector, pattern) in wanted.items():
        rule = rules[name]
        assert rule["EventPattern"] == pattern, name
        assert rule.get("State", "ENABLED") == "ENABLED"
        assert rule["EventBusName"] == ("sealwatch" if "organizationId" in choice else "default")
        (target,) = rule["Targets"]
        assert target["Arn"] == f"arn:aws:lambda:{ARN}:function:sealwatch-{detector['name']}"
        assert target["DeadLetterConfig"] == {"Arn": f"arn:aws:sqs:{ARN}:sealwatch-rule-dead-letters"}


def test_only_its_own_rules_may_invoke_a_function(template, choice):
    permissions = template.properties("AWS::Lambda::Permission")
    rules = template.properties("AWS::Events::Rule")
    invoked = {}
    for one, permission in permissions.items():
        assert (permission["Action"], permission["Principal"]) == ("lambda:InvokeFunction", "events.amazonaws.com")
        source = template.template["Resources"][one]["Properties"]["SourceArn"]["Fn::GetAtt"]
        assert source[1] == "Arn"
        # filled in, a reference to a function is its name and an attribute `Arn` its ARN
        invoked.setdefault(permission["FunctionName"].rsplit(":", 1)[-1], set()).add(rules[source[0]]["Name"])
    expected = {}
    for rule, (detector, _) in expected_rules(choice).items():
        expected.setdefault(f"sealwatch-{detector['name']}", set()).add(rule)
    if "organizationId" in choice:
        expected[f"sealwatch-{HEARS}"].add("sealwatch-heartbeats")
    assert invoked == expected


def expected_of_security_hub(choice):
    """What the role of the function must allow that imports findings into Security Hub."""
    stream = f"{LEDGER}/stream/2026-11-26T00:00:00.000"
    product = f"arn:aws:securityhub:{ARN}:product/{ACCOUNT}/default"
    return [
        ("sqs:SendMessage", f"arn:aws:sqs:{ARN}:sealwatch-security-hub-dead-letters", {}),
        ("securityhub:BatchImportFindings", product, {}),
        *((f"dynamodb:{action}", stream, {}) for action in ("DescribeStream", "GetRecords", "GetShardIterator")),
        ("dynamodb:ListStreams", "*", {}),
        *((f"kms:{action}", "<AWS::KMS::Key.Arn>", VIA_DYNAMODB) for action in ("Decrypt", "DescribeKey")),
    ]


def to_evaluate(name, choice):
    """What the role of a function must allow that evaluates."""
    topic = choice.get("topicArn", FINDINGS)
    keys = ["<AWS::KMS::Key.Arn>"] + [choice[key] for key in ("topicKeyArn",) if key in choice]
    via = {"StringEquals": {"kms:ViaService": [f"sns.{REGION}.amazonaws.com"]}}
    allowed = [
        ("sns:Publish", topic, {}),
        *((action, key, via) for action in ("kms:Decrypt", "kms:GenerateDataKey") for key in keys),
    ]
    place = {"partition": "aws", "region": REGION, "account": ACCOUNT}
    lookups = [(one["action"], one["resource"].format(**place), {}) for one in lookups_of(name)]
    accounts = ("organizations:ListAccounts", "*", {})
    if name == SCAN and accounts not in lookups:
        lookups.append(accounts)
    if "organizationRoleArn" in choice and accounts in lookups:
        lookups.remove(accounts)
        allowed.append(("sts:AssumeRole", choice["organizationRoleArn"], {}))
    allowed += lookups
    passed = {"StringEquals": {"iam:PassedToService": ["scheduler.amazonaws.com"]}}
    allowed.append(("scheduler:CreateSchedule", f"arn:aws:scheduler:{ARN}:schedule/sealwatch/*", {}))
    allowed.append(("iam:PassRole", "<AWS::IAM::Role.Arn>", passed))
    if has_ledger(choice):
        reads_and_writes = ("BatchGetItem", "PutItem", "UpdateItem")
        allowed += [(f"dynamodb:{action}", LEDGER, {}) for action in reads_and_writes] + [("dynamodb:Query", f"{LEDGER}/index/*", {})]
        allowed += [(f"kms:{action}", "<AWS::KMS::Key.Arn>", VIA_DYNAMODB) for action in LEDGER_KEY_USES]
    if name == SCAN:
        allowed.append(("sns:Publish", choice.get("operationsTopicArn", OPERATIONS), {}))
        if has_ledger(choice):
            allowed.append(("dynamodb:Scan", f"{LEDGER}/index/pending", {}))
        if "organizationId" in choice:
            allowed.append(("scheduler:ListSchedules", "*", {}))
    if name == HEARS:
        allowed.append(("sns:ListSubscriptionsByTopic", topic, {}))
        if "organizationId" in choice:
            allowed.append(("scheduler:UpdateSchedule", f"arn:aws:scheduler:{ARN}:schedule/sealwatch/silent-*", {}))
    if "settingsParameter" in choice:
        allowed.append(("ssm:GetParameter", f"arn:aws:ssm:{ARN}:parameter{choice['settingsParameter']}", {}))
    if "settingsObject" in choice:
        allowed.append(("s3:GetObject", f"arn:aws:s3:::{choice['settingsObject'].removeprefix('s3://')}", {}))
    return allowed


def expected_statements(name, choice):
    """What the role of a function must allow, derived independently of the templates."""
    group = f"arn:aws:logs:{ARN}:log-group:/aws/lambda/sealwatch-{name}:*"
    allowed = [
        ("sqs:SendMessage", f"arn:aws:sqs:{ARN}:sealwatch-failed-events", {}),
        ("logs:CreateLogStream", group, {}),
        ("logs:PutLogEvents", group, {}),
        *(expected_of_security_hub(choice) if name == SECURITY_HUB else to_evaluate(name, choice)),
    ]
    if "subnetIds" in choice:
        # AWSLambdaVPCAccessExecutionRole without its permissions for logs
        network = ("AssignPrivateIpAddresses", "CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces")
        allowed += [(f"ec2:{action}", "*", {}) for action in (*network, "DescribeSubnets", "UnassignPrivateIpAddresses")]
    if "organizationId" in choice and (name == SECURITY_HUB or lookups_of(name)):
        members = {"StringEquals": {"aws:ResourceOrgID": [choice["organizationId"]]}}
        allowed.append(("sts:AssumeRole", f"arn:aws:iam::*:role/{choice['lookupRoleName']}", members))
    return {("Allow", "null", action, resource, json.dumps(when)) for action, resource, when in allowed}


def role_statements(template, logical_id):
    """Everything that a role allows: its inline policies and the managed policies of the stack."""
    role = template.template["Resources"][logical_id]["Properties"]
    allowed = set()
    for policy in template.fill(role.get("Policies", [])):
        allowed |= statements(policy["PolicyDocument"])
    managed = template.properties("AWS::IAM::ManagedPolicy")
    for attached in role.get("ManagedPolicyArns", []):
        if "Fn::If" in attached:
            condition, yes, no = attached["Fn::If"]
            attached = yes if template.holds(condition) else no
        if attached["Ref"] != "AWS::NoValue":
            allowed |= statements(managed[attached["Ref"]]["PolicyDocument"])
    for policy in template.properties("AWS::IAM::Policy").values():
        raise AssertionError(f"a construct added a policy: {policy}")
    return allowed


def test_each_role_allows_exactly_what_its_function_needs(template, choice):
    for name in functions(choice):
        logical_id, _ = function_of(template, name)
        role = template.template["Resources"][logical_id]["Properties"]["Role"]["Fn::GetAtt"][0]
        same(f"the role of {name}", role_statements(template, role), expected_statements(name, choice))
        trusted = template.properties("AWS::IAM::Role")[role]["AssumeRolePolicyDocument"]
        principal = json.dumps({"Service": "lambda.amazonaws.com"})
        assert {one[:3] for one in statements({"Statement": [{**s, "Resource": "-"} for s in trusted["Statement"]]})} == {
            ("Allow", principal, "sts:AssumeRole")
        }


def test_no_policy_allows_by_wildcard_action(template):
    documents = []
    for kind in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"):
        for properties in template.properties(kind).values():
            documents += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
            documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
    assert documents
    for effect, _, action, resource, _ in set().union(*map(statements, documents)):
        assert effect == "Deny" or "*" not in action
        # IAM knows no resource for these: key stores, the accounts of an organization, and lists of a whole Region. A key can
        # be one of another account.
        everywhere = action in (
            "cloudtrail:DescribeTrails",
            "cloudtrail:ListEventDataStores",
            "firehose:ListDeliveryStreams",
            "kafka:ListClustersV2",
            "kafka:ListReplicators",
            "kafkaconnect:ListConnectors",
            "kafkaconnect:ListWorkerConfigurations",
            "kinesis:ListChannels",
            "kinesis:ListQueues",
            "kinesis:ListStreams",
            "kms:DescribeCustomKeyStores",
            "kms:DescribeKey",
            "kms:ListAliases",
            "kms:ListKeys",
            "dynamodb:ListStreams",
            "organizations:ListAccounts",
            "scheduler:ListSchedules",
        ) or action.startswith("ec2:")
        assert effect == "Deny" or resource != "*" or everywhere, (action, resource)


def test_each_function_has_the_expected_environment(template, choice):
    for name in functions(choice):
        _, function = function_of(template, name)
        parameter = choice.get("settingsParameter")
        expected = {
            "SEALWATCH_TOPIC_ARN": choice.get("topicArn", FINDINGS),
            "SEALWATCH_SETTINGS": choice.get("settingsObject", f"ssm:{parameter}" if parameter else choice.get("settings", "")),
            "SEALWATCH_TRUSTED_ACCOUNTS": choice.get("trustedAccounts", ""),
            "SEALWATCH_TRUSTED_ORGANIZATIONS": choice.get("trustedOrganizations", ""),
            "SEALWATCH_ORGANIZATION_ROLE_ARN": choice.get("organizationRoleArn", ""),
            "SEALWATCH_SETTLE": choice.get("settleTime", ""),
            "SEALWATCH_LOOKUP_ROLE": choice.get("lookupRoleName", ""),
            "SEALWATCH_SCHEDULE_GROUP": "sealwatch",
            "SEALWATCH_SCHEDULE_ROLE_ARN": "<AWS::IAM::Role.Arn>",
            "SEALWATCH_SCHEDULE_DEAD_LETTER_ARN": f"arn:aws:sqs:{ARN}:sealwatch-schedule-dead-letters",
        }
        if "useFipsEndpoint" in choice:
            expected["AWS_USE_FIPS_ENDPOINT"] = "true"
        if has_ledger(choice):
            expected["SEALWATCH_LEDGER_TABLE"] = "sealwatch-ledger"
        operations = choice.get("operationsTopicArn", OPERATIONS)
        if name == SCAN:
            expected["SEALWATCH_OPERATIONS_TOPIC_ARN"] = operations
        if name == HEARS:
            expected["SEALWATCH_OPERATIONS_TOPIC_ARN"] = operations if "organizationId" in choice else ""
        assert function["Environment"]["Variables"] == expected, name


def test_the_runtime_reads_every_variable(template):
    """It would silently ignore a misspelt name."""
    source = "".join(path.read_text() for path in (ROOT / "shared/runtime/src").glob("**/*.rs"))
    read = set(re.findall(r'"((?:AWS|SEALWATCH)_[A-Z_]+)"', source))
    for function in template.properties("AWS::Lambda::Function").values():
        assert function["Environment"]["Variables"].keys() <= read


def test_functions_have_the_expected_memory_timeout_and_architecture(template, choice):
    for one, function in template.properties("AWS::Lambda::Function").items():
        assert function["Runtime"] == "provided.al2023"
        assert function["Handler"] == "bootstrap"
        is_scan = function["FunctionName"] == f"sealwatch-{SCAN}"
        assert (function["MemorySize"], function["Timeout"]) == ((512, 900) if is_scan else (128, 60))
        assert function["Architectures"] == [choice.get("architecture", "arm64")]
        reserved = function.get("ReservedConcurrentExecutions")
        wanted = choice.get("reservedConcurrency")
        # one scan at a time is enough
        assert (reserved and str(reserved)) == (wanted and ("1" if is_scan else wanted)), one
        assert function["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": f"/aws/lambda/{function['FunctionName']}"}


def test_functions_run_in_the_vpc_that_is_given(template, choice):
    for function in template.properties("AWS::Lambda::Function").values():
        expected = {"SubnetIds": choice["subnetIds"].split(","), "SecurityGroupIds": ["sg-0a1b2c3d"]} if "subnetIds" in choice else None
        assert function.get("VpcConfig") == expected


def test_every_role_has_the_path_and_the_permissions_boundary(template, choice):
    for name, role in template.properties("AWS::IAM::Role").items():
        given = role["Path"], role.get("PermissionsBoundary")
        assert given == (choice.get("rolePath", "/"), choice.get("permissionsBoundaryArn")), name


def test_what_changes_in_the_ledger_is_imported_into_security_hub(template, choice):
    mappings = list(template.properties("AWS::Lambda::EventSourceMapping").values())
    if not imports(choice):
        assert not mappings
        return
    (mapping,) = mappings
    assert json.loads(mapping.pop("FilterCriteria")["Filters"][0]["Pattern"]) == {"dynamodb": {"NewImage": {"rule": {"S": [{"exists": True}]}}}}
    assert mapping == {
        "FunctionName": "sealwatch-security-hub",
        "EventSourceArn": f"{LEDGER}/stream/2026-11-26T00:00:00.000",
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 5,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 20,
        "MaximumRecordAgeInSeconds": 21600,
        "DestinationConfig": {"OnFailure": {"Destination": f"arn:aws:sqs:{ARN}:sealwatch-security-hub-dead-letters"}},
    }


def test_security_hub_needs_the_ledger(tmp_path):
    """SAM has a rule for it, which CloudFormation checks; CDK throws."""
    (rule,) = expanded()["Rules"].values()
    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "SecurityHub"}, "true"]}
    assert rule["Assertions"][0]["Assert"] == {"Fn::Equals": [{"Ref": "Ledger"}, "true"]}
    with pytest.raises(AssertionError):
        synthesized(tmp_path, ledger="false", securityHub="true")


def test_queues_outlive_another_name_and_are_deleted_with_the_stack(template):
    for queue in template.resources.values():
        if queue["Type"] == "AWS::SQS::Queue":
            assert (queue["UpdateReplacePolicy"], queue["DeletionPolicy"]) == ("Retain", "Delete")


def test_every_parameter_is_documented():
    text = (ROOT / "docs/operations.md").read_text()
    missing = [name for name in source("infra/sam/template.yaml")["Parameters"] if f"`{name}`" not in text]
    assert not missing, f"docs/operations.md does not name {missing}"


def test_what_sam_builds_is_what_it_deploys():
    """`sam build` and `sam deploy` read the architecture from the template, where no parameter can change it. The only place that `sed` changes."""
    template = source("infra/sam/template.yaml")
    assert template["Globals"]["Function"]["Architectures"] == ["arm64"] and "Architecture" not in template["Parameters"]
    assert (ROOT / "infra/sam/template.yaml").read_text().count("arm64") == 1
    commands = (ROOT / "docs/operations.md").read_text()
    assert "sed s/arm64/x86_64/ infra/sam/template.yaml > infra/sam/x86_64.yaml" in commands
    assert "sam build --template infra/sam/x86_64.yaml" in commands


def test_logs_are_encrypted_and_expire(template, choice):
    groups = template.properties("AWS::Logs::LogGroup")
    assert len(groups) == len(functions(choice))
    for group in groups.values():
        assert group["KmsKeyId"] == "<AWS::KMS::Key.Arn>"
        assert str(group["RetentionInDays"]) == choice.get("logRetentionDays", "30")


def test_events_that_a_function_fails_on_go_to_the_queue(template, choice):
    found = template.properties("AWS::Lambda::EventInvokeConfig")
    for config in found.values():
        assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (2, 21600)
        destination = {"OnFailure": {"Destination": f"arn:aws:sqs:{ARN}:sealwatch-failed-events"}}
        assert config["DestinationConfig"] == destination
    names = {config["FunctionName"] for config in found.values()}
    assert names == {f"sealwatch-{name}" for name in functions(choice)}


def test_the_ledger_has_the_keys_that_the_functions_use_and_outlives_a_mistake(template, choice):
    tables = list(template.properties("AWS::DynamoDB::Table").values())
    if not has_ledger(choice):
        assert not tables
        return
    (table,) = tables
    assert table["AttributeDefinitions"] == [{"AttributeName": name, "AttributeType": "S"} for name in ("fingerprint", "open_in", "resource", "pending")]
    assert {key: table[key] for key in table.keys() - {"AttributeDefinitions"}} == {
        "TableName": "sealwatch-ledger",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "fingerprint", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "open",
                "KeySchema": [{"AttributeName": "open_in", "KeyType": "HASH"}, {"AttributeName": "resource", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            },
            {
                "IndexName": "pending",
                "KeySchema": [{"AttributeName": "pending", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
        "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": "<AWS::KMS::Key.Arn>"},
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    }
    # as the queues: another name keeps it, and a new stack can create one of the same name
    (raw,) = (one for one in template.resources.values() if one["Type"] == "AWS::DynamoDB::Table")
    assert (raw["UpdateReplacePolicy"], raw["DeletionPolicy"]) == ("Retain", "Delete")


def test_only_findings_depend_on_the_key_of_the_stack(template, choice):
    """Without it, events wait in the queues, and alarms and calls on the key itself still reach operations."""
    (key,) = template.properties("AWS::KMS::Key").values()
    assert key["EnableKeyRotation"] is True
    topics = {topic["TopicName"]: topic.get("KmsMasterKeyId") for topic in template.properties("AWS::SNS::Topic").values()}
    findings = {} if "topicArn" in choice else {"sealwatch-findings": "<AWS::KMS::Key.Arn>"}
    operations = {} if "operationsTopicArn" in choice else {"sealwatch-operations": None}
    assert topics == {**operations, **findings}
    queues = {queue["QueueName"]: queue for queue in template.properties("AWS::SQS::Queue").values()}
    own = ("rule-dead-letters", "failed-events", "schedule-dead-letters", *(["security-hub-dead-letters"] if imports(choice) else []))
    assert queues.keys() == {f"sealwatch-{name}" for name in own}
    for queue in queues.values():
        assert queue["SqsManagedSseEnabled"] is True and "KmsMasterKeyId" not in queue
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_the_key_policy_admits_the_account_and_its_logs(template):
    """The actions and the condition for CloudWatch Logs: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"""
    (key,) = template.properties("AWS::KMS::Key").values()
    account = json.dumps({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    logs = json.dumps({"Service": f"logs.{REGION}.amazonaws.com"})
    when = json.dumps({"ArnLike": {"kms:EncryptionContext:aws:logs:arn": [f"arn:aws:logs:{ARN}:log-group:/aws/lambda/sealwatch-*"]}})
    actions = ("kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*")
    expected = {("Allow", account, "kms:*", "*", "{}"), *(("Allow", logs, action, "*", when) for action in actions)}
    same("the key policy", statements(key["KeyPolicy"]), expected)


def test_addresses_are_subscribed(template, choice):
    """The address for findings gets alarms too, but is not subscribed to an existing topic for them."""
    findings, operations = choice.get("topicArn", FINDINGS), choice.get("operationsTopicArn")
    address = choice.get("operationsEmail", None if operations else choice.get("alertEmail"))
    expected = {(findings, choice.get("alertEmail")), (operations or OPERATIONS, address)}
    subscribed = {(one["TopicArn"], one["Endpoint"]) for one in template.properties("AWS::SNS::Subscription").values()}
    assert subscribed == {(topic, endpoint) for topic, endpoint in expected if endpoint}


def test_the_role_of_the_watch_rules_may_only_publish_to_operations(template, choice):
    (target,) = next(rule["Targets"] for rule in rules(template) if rule["Name"] == "sealwatch-watch-key")
    assert target["Arn"] == choice.get("operationsTopicArn", OPERATIONS)
    role = next(
        one["Properties"]["Targets"][0]["RoleArn"]["Fn::GetAtt"][0]
        for one in template.template["Resources"].values()
        if one["Type"] == "AWS::Events::Rule" and "RoleArn" in one["Properties"]["Targets"][0]
    )
    assert role_statements(template, role) == {("Allow", "null", "sns:Publish", target["Arn"], "{}")}


def test_the_cost_of_the_alarms_is_documented(both, way):
    """CloudWatch charges each metric that an alarm reads. A Metrics Insights query reads one that exists only when an event is lost."""
    alarms = both[way, "defaults"].properties("AWS::CloudWatch::Alarm").values()
    read = sum(sum("MetricStat" in one for one in alarm["Metrics"]) if "Metrics" in alarm else 1 for alarm in alarms)
    text = (ROOT / "docs/operations.md").read_text()
    assert f"| Alarms | {len(alarms)} alarms read {read} metrics:" in text
    assert f": {read} × 0.10 | {read / 10:.2f} |" in text


def test_alarms_tell_operations_what_is_lost_or_waits(template, choice):
    topic = choice.get("topicArn", FINDINGS).rsplit(":", 1)[1]
    wanted = {
        "sealwatch-lost-events": ("AWS/Lambda", "DestinationDeliveryFailures", "Sum", [], 1),
        "sealwatch-lost-re-checks": (
            "AWS/Scheduler", "InvocationsFailedToBeSentToDeadLetterCount", "Sum", [("ScheduleGroup", "sealwatch")], 1,
        ),
        "sealwatch-undelivered-findings": ("AWS/SNS", "NumberOfNotificationsFailed", "Sum", [("TopicName", topic)], 1),
    }
    for queue in ("sealwatch-rule-dead-letters", "sealwatch-failed-events", "sealwatch-schedule-dead-letters"):
        named = [("QueueName", queue)]
        wanted[queue] = ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", named, 1)
        wanted[f"{queue}-age"] = ("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", named, 7 * 24 * 3600)
    if imports(choice):
        queue = "sealwatch-security-hub-dead-letters"
        wanted[queue] = ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", [("QueueName", queue)], 1)
    named = [("detector", HEARS)]
    wanted["sealwatch-unconfirmed"] = ("Sealwatch", "UnconfirmedSubscriptions", "Maximum", named, 1)
    wanted["sealwatch-canary"] = ("Sealwatch", "CanaryHeard", "Sum", named, 1)
    computed = {
        "sealwatch-lost-rule-events": 'SELECT SUM(InvocationsFailedToBeSentToDlq) FROM "AWS/Events"',
        "sealwatch-delayed-events": "IF(throttles > 0 AND age > 900000, 1, 0)",
    }
    alarms = {alarm["AlarmName"]: alarm for alarm in template.properties("AWS::CloudWatch::Alarm").values()}
    assert alarms.keys() == wanted.keys() | computed.keys()
    for name, alarm in alarms.items():
        if name in computed:
            assert (alarm["Metrics"][0]["Expression"], alarm["Threshold"]) == (computed[name], 1)
            metrics = {(one["MetricStat"]["Metric"]["MetricName"], one["MetricStat"]["Stat"]) for one in alarm["Metrics"][1:]}
            assert metrics in (set(), {("Throttles", "Sum"), ("AsyncEventAge", "Maximum")})
            continue
        dimensions = [(one["Name"], one["Value"]) for one in alarm.get("Dimensions", [])]
        metric = (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"], dimensions, alarm["Threshold"])
        limits = (alarm["ComparisonOperator"], alarm["Period"], alarm["EvaluationPeriods"])
        if name == "sealwatch-canary":
            # a day and two hours without it; periods of an hour may add up to 7 days, shorter ones to one
            assert (*limits, alarm["TreatMissingData"]) == ("LessThanThreshold", 3600, 26, "breaching")
            # not raised by the time before the first one
            warm_up = {"WarmUpPeriodDurationInMinutes": 120, "OnlyStartEvaluatingAfterWarmUpPeriodEnds": True}
            assert alarm["WarmUpConfiguration"] == warm_up
        else:
            assert (*limits, alarm["TreatMissingData"]) == ("GreaterThanOrEqualToThreshold", 300, 1, "notBreaching")
        assert metric == wanted[name]
    for name, alarm in alarms.items():
        if name in computed:
            assert (alarm["ComparisonOperator"], alarm["EvaluationPeriods"]) == ("GreaterThanOrEqualToThreshold", 1)
            assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["AlarmActions"] == [choice.get("operationsTopicArn", OPERATIONS)]
        assert "OKActions" not in alarm, "lost or expired events would read as OK"
        # each description names a section of the runbook
        section = re.search(r'docs/runbooks\.md, "([^"]+)"', alarm["AlarmDescription"]).group(1)
        assert re.search(rf"^##+ {section}$", (ROOT / "docs/runbooks.md").read_text(), re.M), section


def test_schedules_may_invoke_only_the_functions_of_the_stack_and_in_a_hub_notify_operations(template, choice):
    invoked = [name for name in functions(choice) if name != SECURITY_HUB]
    logical_id, _ = function_of(template, invoked[0])
    raw = template.template["Resources"][logical_id]["Properties"]["Environment"]["Variables"]
    role = raw["SEALWATCH_SCHEDULE_ROLE_ARN"]["Fn::GetAtt"][0]
    assert role_statements(template, role) == {
        *(("Allow", "null", "lambda:InvokeFunction", f"arn:aws:lambda:{ARN}:function:sealwatch-{name}", "{}") for name in invoked),
        ("Allow", "null", "sqs:SendMessage", f"arn:aws:sqs:{ARN}:sealwatch-schedule-dead-letters", "{}"),
        *([("Allow", "null", "sns:Publish", choice.get("operationsTopicArn", OPERATIONS), "{}")] if "organizationId" in choice else []),
    }
    (trust,) = template.properties("AWS::IAM::Role")[role]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    group = f"arn:aws:scheduler:{ARN}:schedule-group/sealwatch"
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": group}}


def schedule_named(template, name):
    """The properties of a schedule, and the resource as the template has it."""
    every = template.properties("AWS::Scheduler::Schedule").items()
    (logical_id,) = (one for one, it in every if it["Name"] == name)
    return dict(every)[logical_id], template.resources[logical_id]


def test_the_scan_starts_at_the_deployment_and_then_daily_and_what_is_not_delivered_is_kept(template, choice):
    names = {one["Name"] for one in template.properties("AWS::Scheduler::Schedule").values()}
    assert names == {"sealwatch-canary", *(["sealwatch-scan"] if scans(choice) else [])}
    if not scans(choice):
        return
    schedule, _ = schedule_named(template, "sealwatch-scan")
    assert schedule["GroupName"] == "sealwatch"
    # without a start date, a rate begins at once
    assert schedule["ScheduleExpression"] == choice.get("scanSchedule", "rate(24 hours)") and "StartDate" not in schedule
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    target = schedule["Target"]
    assert target["Arn"] == f"arn:aws:lambda:{ARN}:function:sealwatch-scan"
    assert json.loads(target["Input"]) == {"scan": "<aws.scheduler.scheduled-time>"}
    assert target["DeadLetterConfig"] == {"Arn": f"arn:aws:sqs:{ARN}:sealwatch-schedule-dead-letters"}
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10}


def test_the_canary_may_only_change_the_description_of_the_stacks_key(template):
    schedule, raw = schedule_named(template, "sealwatch-canary")
    assert schedule["GroupName"] == "sealwatch"
    assert schedule["ScheduleExpression"] == "rate(24 hours)"  # at once, and from then on daily
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    target = schedule["Target"]
    assert target["Arn"] == "arn:aws:scheduler:::aws-sdk:kms:updateKeyDescription"
    assert json.loads(target["Input"]) == {
        "KeyId": "<AWS::KMS::Key.Arn>",
        "Description": "sealwatch canary <aws.scheduler.scheduled-time>",
    }
    role = raw["Properties"]["Target"]["RoleArn"]["Fn::GetAtt"][0]
    assert role_statements(template, role) == {("Allow", "null", "kms:UpdateKeyDescription", "<AWS::KMS::Key.Arn>", "{}")}
    (trust,) = template.properties("AWS::IAM::Role")[role]["AssumeRolePolicyDocument"]["Statement"]
    group = f"arn:aws:scheduler:{ARN}:schedule-group/sealwatch"
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": group}}
    # the first canary is sent when the schedule is created: the function has to be there
    permissions = {one for one, it in template.resources.items() if it["Type"] == "AWS::Lambda::Permission"}
    assert permissions & set(as_list(raw["DependsOn"]))


def test_only_in_a_hub_are_members_heard_watched_and_may_raise_alarms(template, choice):
    rules = {rule["Name"]: rule for rule in template.properties("AWS::Events::Rule").values()}
    policies = [one["PolicyDocument"] for one in template.properties("AWS::SNS::TopicPolicy").values()]
    alarms = [one for policy in policies for one in policy["Statement"] if one["Sid"] == "MemberAlarms"]
    if "organizationId" not in choice:
        assert not rules.keys() & {"sealwatch-heartbeats", "sealwatch-watch-members"} and not alarms
        return
    assert rules["sealwatch-heartbeats"]["EventBusName"] == rules["sealwatch-watch-members"]["EventBusName"] == "sealwatch"
    (target,) = rules["sealwatch-heartbeats"]["Targets"]
    assert target["Arn"] == f"arn:aws:lambda:{ARN}:function:sealwatch-{HEARS}"
    if "operationsTopicArn" in choice:
        assert not alarms, "an existing topic has a policy of its own"
        return
    (alarm,) = alarms
    assert alarm["Condition"]["StringEquals"] == {"aws:SourceOrgID": choice["organizationId"]}
    assert alarm["Condition"]["ArnLike"] == {"aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:*:alarm:sealwatch-forward-*"}


def test_outputs_and_functions_name_the_stack_and_the_version_of_the_workspace(template, choice):
    outputs = {name: template.fill(one["Value"]) for name, one in template.template["Outputs"].items() if template.holds(one.get("Condition"))}
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text())
    version = workspace["workspace"]["package"]["version"]
    assert (outputs["Name"], outputs["Version"]) == ("sealwatch", version)
    descriptions = {one.get("Description") for one in template.properties("AWS::Lambda::Function").values()}
    assert descriptions == {f"Sealwatch {version}"}  # `sealwatch doctor` reads it
    assert outputs.get("LookupRoleName") == choice.get("lookupRoleName")


def test_the_bus_of_a_hub_accepts_events_only_from_its_organization(template, choice):
    buses = list(template.properties("AWS::Events::EventBus").values())
    if "organizationId" not in choice:
        assert not buses
        return
    (bus,) = buses
    (statement,) = as_list(bus["Policy"]["Statement"])
    assert (statement["Action"], statement["Principal"]) == ("events:PutEvents", "*")
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": choice["organizationId"]}}


def described(template):
    """Everything that the tests above do not compare, in a form that does not depend on logical ids."""
    found = {}
    for kind in ("AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::SNS::Subscription", "AWS::CloudWatch::Alarm", "AWS::KMS::Alias"):
        found[kind] = sorted(json.dumps(one, sort_keys=True) for one in template.properties(kind).values())
    found["rules"] = {rule["Name"]: rule for rule in rules(template) if re.search("watch|heart", rule["Name"].removeprefix("sealwatch"))}
    for kind in ("AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup"):
        found[kind] = sorted(template.properties(kind).values(), key=lambda one: one["Name"])
    for kind, names in (("AWS::SQS::QueuePolicy", "Queues"), ("AWS::SNS::TopicPolicy", "Topics")):
        allowed = set()
        for policy in template.properties(kind).values():
            allowed |= {one for one in statements(policy["PolicyDocument"]) if one[0] == "Allow"}
            # encryption in transit: a Deny for everyone who does not use TLS
            assert any(s["Effect"] == "Deny" and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} for s in policy["PolicyDocument"]["Statement"])
        found[kind] = allowed
        count = sum(len(policy[names]) for policy in template.properties(kind).values())
        assert count == len(found["AWS::SQS::Queue" if names == "Queues" else "AWS::SNS::Topic"])
    for one in template.properties("AWS::CloudWatch::Dashboard").values():
        for widget in json.loads(one["DashboardBody"])["widgets"]:
            properties = dict(widget["properties"])
            # the metrics one by one, so that a difference names the metric
            for at, metric in enumerate(properties.pop("metrics")):
                found[f"dashboard, {properties['title']}, metric {at}"] = metric
            found[f"dashboard, {properties['title']}"] = {**widget, "properties": properties}
    found["outputs"] = {name: template.fill(one["Value"]) for name, one in template.template["Outputs"].items() if template.holds(one.get("Condition"))}
    return found


def test_sam_and_cdk_describe_the_same_system(both, name):
    sam, cdk = described(both["sam", name]), described(both["cdk", name])
    for part in sorted(sam.keys() | cdk.keys()):
        assert sam.get(part) == cdk.get(part), f"SAM and CDK differ in this part: {part}"


def test_the_dashboard_shows_metrics_that_the_functions_write(both):
    source = "".join(path.read_text() for path in (ROOT / "shared/runtime/src").glob("**/*.rs"))
    (dashboard,) = both["sam", "defaults"].properties("AWS::CloudWatch::Dashboard").values()
    board = json.loads(dashboard["DashboardBody"])
    metrics = set(re.findall(r'MetricName=\\?"(\w+)\\?"', json.dumps(board))) | {"OldestOpenHours"}
    assert metrics >= {"Judged", "Unverified", "DetectionLag", "RuleViolations", "LedgerFailures", "OpenFindings", "TimeToFix"}
    assert '["Sealwatch", "OldestOpenHours", "detector", "scan"]' in json.dumps(board)
    for metric in metrics:
        assert f'"{metric}"' in source
    assert "NAMESPACE: &str = \"Sealwatch\"" in source and "{Sealwatch,detector}" in json.dumps(board)


def test_functions_are_built_with_the_profile_of_the_workspace():
    """Without `disable_optimizations`, cargo-lambda overrides the profile: a panic would end the process, unreported."""
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text())
    assert workspace["workspace"]["metadata"]["lambda"]["build"]["disable_optimizations"] is True
    assert workspace["profile"]["release"]["panic"] == "unwind"


def test_stack_sets_accept_the_expanded_template(tmp_path):
    text = expansion()
    template = json.loads(text)
    assert "Transform" not in template and len(text) < 1_000_000  # the limit of --template-url
    assert not [name for name, resource in template["Resources"].items() if "Serverless" in resource["Type"]]
    built = tmp_path / "built.yaml"
    built.write_text(json.dumps({"Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "."}}}}))
    rejected = subprocess.run([sys.executable, ROOT / "infra/expand", built], text=True, capture_output=True)
    assert rejected.returncode == 1 and "run `sam package` first" in rejected.stderr
