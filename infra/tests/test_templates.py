"""SAM and CDK deploy the same system, and both agree with the list of detectors."""

import json
import re
import subprocess
import sys
import tomllib

import pytest

from templates import ACCOUNT, DETECTORS, REGION, ROOT, SUCCEEDED, Filled, as_list, expanded, expansion, same, statements, synthesized

ARN = f"{REGION}:{ACCOUNT}"
FINDINGS = f"arn:aws:sns:{ARN}:sealwatch-findings"

# Options of the stack: none, and all. The names are those of the CDK app; those of SAM start with a capital letter.
CHOICES = {
    "defaults": {},
    "everything": {
        "alertEmail": "oncall@example.com",
        "operationsEmail": "platform@example.com",
        "topicArn": f"arn:aws:sns:{ARN}:alerts",
        "topicKeyArn": f"arn:aws:kms:{ARN}:key/0d9c1f7e-5b3a-4c86-9d2e-7a6b5c4d3e06",
        "settingsParameter": "/sealwatch/settings",
        "trustedAccounts": "444455556666,777788889999",
        "trustedOrganizations": "o-a1b2c3d4e5",
        "settleTime": "10m",
        "organizationId": "o-a1b2c3d4e5",
        "lookupRoleName": "audit/lookup",
        "architecture": "x86_64",
        "reservedConcurrency": "5",
        "logRetentionDays": "90",
        "dashboard": "no",
    },
    "inline settings, one address": {"settings": "[keys]\nrequired = 'cloudhsm'", "alertEmail": "oncall@example.com"},
}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Both templates for every choice of options."""
    sam = expanded()
    filled = {}
    for name, choice in CHOICES.items():
        parameters = {key[0].upper() + key[1:]: value for key, value in choice.items()}
        filled["sam", name] = Filled(sam, **parameters)
        filled["cdk", name] = Filled(synthesized(tmp_path_factory.mktemp("cdk"), **choice))
    return filled


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


def function_of(template, detector):
    """The logical id and the properties of a detector's function."""
    every = template.properties("AWS::Lambda::Function").items()
    found = [(one, it) for one, it in every if it["FunctionName"] == f"sealwatch-{detector['name']}"]
    assert len(found) == 1, f"{len(found)} functions for the detector {detector['name']} of infra/detectors.json, not one"
    return found[0]


def settles(detector):
    return any(call["settles"] for call in detector["events"])


def test_there_is_a_function_for_every_detector_and_no_other(template):
    names = {one["FunctionName"] for one in template.properties("AWS::Lambda::Function").values()}
    same("the functions, compared with infra/detectors.json", names, {f"sealwatch-{detector['name']}" for detector in DETECTORS})


def test_each_function_has_a_rule_that_matches_exactly_its_monitored_calls(template, choice):
    rules = {rule["Name"]: (one, rule) for one, rule in template.properties("AWS::Events::Rule").items()}
    for detector in DETECTORS:
        _, rule = rules[f"sealwatch-{detector['name']}"]
        recorded = {
            "detail-type": detector["detail_types"],
            "detail": {
                "errorCode": SUCCEEDED,
                "eventSource": [detector["event_source"]],
                "eventName": [call["name"] for call in detector["events"]],
            },
        }
        own = detector["eventbridge_events"]
        wanted = {"$or": [recorded, {"detail-type": own}]} if own else recorded
        assert rule["EventPattern"] == {"source": [detector["source"]], **wanted}
        assert rule.get("State", "ENABLED") == "ENABLED"
        assert rule["EventBusName"] == ("sealwatch" if "organizationId" in choice else "default")
        (target,) = rule["Targets"]
        assert target["Arn"] == f"arn:aws:lambda:{ARN}:function:sealwatch-{detector['name']}"
        assert target["DeadLetterConfig"] == {"Arn": f"arn:aws:sqs:{ARN}:sealwatch-rule-dead-letters"}


def test_only_its_own_rule_may_invoke_a_function(template):
    permissions = template.properties("AWS::Lambda::Permission")
    rules = template.properties("AWS::Events::Rule")
    invoked = {}
    for one, permission in permissions.items():
        assert (permission["Action"], permission["Principal"]) == ("lambda:InvokeFunction", "events.amazonaws.com")
        source = template.template["Resources"][one]["Properties"]["SourceArn"]["Fn::GetAtt"]
        assert source[1] == "Arn"
        # filled in, a reference to a function is its name and an attribute `Arn` its ARN
        invoked[permission["FunctionName"].rsplit(":", 1)[-1]] = rules[source[0]]["Name"]
    assert invoked == {f"sealwatch-{detector['name']}": f"sealwatch-{detector['name']}" for detector in DETECTORS}


def expected_statements(detector, choice):
    """What the role of a function must allow, derived independently of the templates."""
    topic = choice.get("topicArn", FINDINGS)
    keys = ["<AWS::KMS::Key.Arn>"] + [choice[key] for key in ("topicKeyArn",) if key in choice]
    via = {"StringEquals": {"kms:ViaService": [f"sns.{REGION}.amazonaws.com", f"sqs.{REGION}.amazonaws.com"]}}
    group = f"arn:aws:logs:{ARN}:log-group:/aws/lambda/sealwatch-{detector['name']}:*"
    allowed = [
        ("sns:Publish", topic, {}),
        ("sqs:SendMessage", f"arn:aws:sqs:{ARN}:sealwatch-failed-events", {}),
        ("logs:CreateLogStream", group, {}),
        ("logs:PutLogEvents", group, {}),
        *((action, key, via) for action in ("kms:Decrypt", "kms:GenerateDataKey") for key in keys),
    ]
    place = {"partition": "aws", "region": REGION, "account": ACCOUNT}
    allowed += [(one["action"], one["resource"].format(**place), {}) for one in detector["permissions"]]
    if settles(detector):
        passed = {"StringEquals": {"iam:PassedToService": ["scheduler.amazonaws.com"]}}
        allowed.append(("scheduler:CreateSchedule", f"arn:aws:scheduler:{ARN}:schedule/sealwatch/*", {}))
        allowed.append(("iam:PassRole", "<AWS::IAM::Role.Arn>", passed))
    if "settingsParameter" in choice:
        allowed.append(("ssm:GetParameter", f"arn:aws:ssm:{ARN}:parameter{choice['settingsParameter']}", {}))
    if "organizationId" in choice and detector["permissions"]:
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


def test_each_role_allows_exactly_what_its_detector_needs(template, choice):
    for detector in DETECTORS:
        logical_id, _ = function_of(template, detector)
        role = template.template["Resources"][logical_id]["Properties"]["Role"]["Fn::GetAtt"][0]
        same(f"the role of {detector['name']}", role_statements(template, role), expected_statements(detector, choice))
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
        everywhere = action in ("cloudtrail:DescribeTrails", "kms:DescribeCustomKeyStores", "kms:DescribeKey")
        assert effect == "Deny" or resource != "*" or everywhere, (action, resource)


def test_each_function_has_the_expected_environment(template, choice):
    for detector in DETECTORS:
        _, function = function_of(template, detector)
        parameter = choice.get("settingsParameter")
        expected = {
            "SEALWATCH_TOPIC_ARN": choice.get("topicArn", FINDINGS),
            "SEALWATCH_SETTINGS": f"ssm:{parameter}" if parameter else choice.get("settings", ""),
            "SEALWATCH_TRUSTED_ACCOUNTS": choice.get("trustedAccounts", ""),
            "SEALWATCH_TRUSTED_ORGANIZATIONS": choice.get("trustedOrganizations", ""),
            "SEALWATCH_SETTLE": choice.get("settleTime", ""),
            "SEALWATCH_LOOKUP_ROLE": choice.get("lookupRoleName", ""),
        }
        if settles(detector):
            expected["SEALWATCH_SCHEDULE_GROUP"] = "sealwatch"
            expected["SEALWATCH_SCHEDULE_ROLE_ARN"] = "<AWS::IAM::Role.Arn>"
            expected["SEALWATCH_SCHEDULE_DEAD_LETTER_ARN"] = f"arn:aws:sqs:{ARN}:sealwatch-schedule-dead-letters"
        assert function["Environment"]["Variables"] == expected, detector["name"]


def test_the_runtime_reads_every_variable(template):
    """It would silently ignore a misspelt name."""
    source = "".join(path.read_text() for path in (ROOT / "shared/runtime/src").glob("**/*.rs"))
    read = set(re.findall(r'"(SEALWATCH_[A-Z_]+)"', source))
    for function in template.properties("AWS::Lambda::Function").values():
        assert function["Environment"]["Variables"].keys() <= read


def test_functions_have_the_expected_memory_timeout_and_architecture(template, choice):
    for one, function in template.properties("AWS::Lambda::Function").items():
        assert function["Runtime"] == "provided.al2023"
        assert function["Handler"] == "bootstrap"
        assert function["MemorySize"] == 128
        assert function["Timeout"] == 60
        assert function["Architectures"] == [choice.get("architecture", "arm64")]
        reserved = function.get("ReservedConcurrentExecutions")
        assert reserved == choice.get("reservedConcurrency") or str(reserved) == choice.get("reservedConcurrency"), one
        assert function["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": f"/aws/lambda/{function['FunctionName']}"}


def test_logs_are_encrypted_and_expire(template, choice):
    groups = template.properties("AWS::Logs::LogGroup")
    assert len(groups) == len(DETECTORS)
    for group in groups.values():
        assert group["KmsKeyId"] == "<AWS::KMS::Key.Arn>"
        assert str(group["RetentionInDays"]) == choice.get("logRetentionDays", "30")


def test_events_that_a_function_fails_on_go_to_the_queue(template):
    found = template.properties("AWS::Lambda::EventInvokeConfig")
    for config in found.values():
        assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (2, 21600)
        destination = {"OnFailure": {"Destination": f"arn:aws:sqs:{ARN}:sealwatch-failed-events"}}
        assert config["DestinationConfig"] == destination
    names = {config["FunctionName"] for config in found.values()}
    assert names == {f"sealwatch-{detector['name']}" for detector in DETECTORS}


def test_topics_and_queues_are_encrypted_with_the_key_of_the_stack_which_rotates(template, choice):
    (key,) = template.properties("AWS::KMS::Key").values()
    assert key["EnableKeyRotation"] is True
    topics = {topic["TopicName"]: topic for topic in template.properties("AWS::SNS::Topic").values()}
    assert topics.keys() == {"sealwatch-operations"} | (set() if "topicArn" in choice else {"sealwatch-findings"})
    queues = {queue["QueueName"]: queue for queue in template.properties("AWS::SQS::Queue").values()}
    assert queues.keys() == {f"sealwatch-{name}" for name in ("rule-dead-letters", "failed-events", "schedule-dead-letters")}
    for encrypted in [*topics.values(), *queues.values()]:
        assert encrypted["KmsMasterKeyId"] == "<AWS::KMS::Key.Arn>"
    assert {queue["MessageRetentionPeriod"] for queue in queues.values()} == {14 * 24 * 3600}


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
    alarms = {alarm["AlarmName"]: alarm for alarm in template.properties("AWS::CloudWatch::Alarm").values()}
    assert alarms.keys() == wanted.keys()
    for name, alarm in alarms.items():
        dimensions = [(one["Name"], one["Value"]) for one in alarm.get("Dimensions", [])]
        metric = (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"], dimensions, alarm["Threshold"])
        assert metric == wanted[name]
        limits = (alarm["ComparisonOperator"], alarm["Period"], alarm["EvaluationPeriods"])
        assert limits == ("GreaterThanOrEqualToThreshold", 300, 1)
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["AlarmActions"] == [f"arn:aws:sns:{ARN}:sealwatch-operations"]
        assert "OKActions" not in alarm, "lost or expired events would read as OK"
        # each description names a section of the runbook
        section = re.search(r'docs/operations\.md, "([^"]+)"', alarm["AlarmDescription"]).group(1)
        assert re.search(rf"^##+ {section}$", (ROOT / "docs/operations.md").read_text(), re.M), section


def test_schedules_may_invoke_only_functions_that_re_check(template):
    functions = [detector for detector in DETECTORS if settles(detector)]
    _, function = function_of(template, functions[0])
    logical_id, _ = function_of(template, functions[0])
    raw = template.template["Resources"][logical_id]["Properties"]["Environment"]["Variables"]
    role = raw["SEALWATCH_SCHEDULE_ROLE_ARN"]["Fn::GetAtt"][0]
    via = json.dumps({"StringEquals": {"kms:ViaService": [f"sqs.{REGION}.amazonaws.com"]}})
    assert role_statements(template, role) == {
        *(("Allow", "null", "lambda:InvokeFunction", f"arn:aws:lambda:{ARN}:function:sealwatch-{it['name']}", "{}") for it in functions),
        ("Allow", "null", "sqs:SendMessage", f"arn:aws:sqs:{ARN}:sealwatch-schedule-dead-letters", "{}"),
        *(("Allow", "null", action, "<AWS::KMS::Key.Arn>", via) for action in ("kms:Decrypt", "kms:GenerateDataKey")),
    }
    (trust,) = template.properties("AWS::IAM::Role")[role]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    group = f"arn:aws:scheduler:{ARN}:schedule-group/sealwatch"
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": group}}


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
    (key,) = template.properties("AWS::KMS::Key").values()
    found["key"] = statements(key["KeyPolicy"])
    rules = template.properties("AWS::Events::Rule").values()
    found["rules"] = {rule["Name"]: rule for rule in rules if "watch" in rule["Name"].removeprefix("sealwatch")}
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
    source = (ROOT / "shared/runtime/src/metrics.rs").read_text()
    (dashboard,) = both["sam", "defaults"].properties("AWS::CloudWatch::Dashboard").values()
    board = json.loads(dashboard["DashboardBody"])
    metrics = set(re.findall(r'MetricName=\\?"(\w+)\\?"', json.dumps(board)))
    assert metrics >= {"Judged", "Unverified", "DetectionLag", "RuleViolations"}
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
