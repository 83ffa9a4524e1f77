"""Every call that a service or a function makes in a deployment is allowed, and the same call by someone else is not.

The local AWS evaluates neither IAM nor key policies, so iam.py does it here. Each test states the calls of one service,
with the context that this service sends.
"""

import json
import re

import pytest

from iam import Call, Deployed, action_like, allowed, arn_like, like
from templates import ACCOUNT, DETECTORS, REGION, ROOT, SCAN, SCANNED, SECURITY_HUB, as_list, expanded, source
from test_templates import CHOICES, templates

HERE, OTHER = f"{REGION}:{ACCOUNT}", "999988887777"
TLS = {"aws:SecureTransport": "true"}
ORGANIZATION = "o-a1b2c3d4e5"


@pytest.fixture(scope="module")
def deployed():
    """Both templates for every choice of options."""
    every = ((way, name, *one) for name in CHOICES for way, one in templates(name).items())
    return {(way, name): Deployed(template, **parameters) for way, name, template, parameters in every}


@pytest.fixture(params=["sam", "cdk"])
def way(request):
    return request.param


@pytest.fixture(params=list(CHOICES))
def choice(request):
    return request.param


@pytest.fixture
def stack(deployed, way, choice):
    return deployed[way, choice]


def rules(stack):
    """Each rule: its ARN and its properties."""
    return [(stack.arn(one), stack.properties("AWS::Events::Rule")[one]) for one in stack.ids("AWS::Events::Rule")]


def functions(stack):
    """Each function: its ARN, the ARN of its role and its properties."""
    return [(stack.arn(one), it["Role"], it) for one, it in stack.properties("AWS::Lambda::Function").items()]


def evaluating(stack):
    """The functions that evaluate: all but the one that imports findings into Security Hub."""
    return [one for one in functions(stack) if not one[2]["FunctionName"].endswith(f"-{SECURITY_HUB}")]


def documented(name):
    """The statements of a policy that docs/organizations.md has administrators write, for resources outside of the stack."""
    text = (ROOT / "docs/organizations.md").read_text()
    policy = json.loads(re.search(rf"<!-- {name} -->\n```json\n(.*?)```", text, re.S).group(1))
    return as_list(policy.get("Statement", policy))


def policy_of(stack, resource):
    """The policy of a topic or a key that may belong to another account."""
    if stack.policy_of(resource):
        return ()
    if resource.split(":")[4] == ACCOUNT:
        # an existing resource of the same account with the policy that AWS gives it
        everyone = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        return [{**everyone, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}]
    return documented(f"central {resource.rsplit(':', 1)[1]} topic")


def by(role):
    """The context of a call by a role."""
    return {"aws:PrincipalArn": role, "aws:PrincipalOrgID": ORGANIZATION}


def check(stack, call, **others):
    """The call is allowed, and would not be over an unencrypted connection."""
    assert stack.allows(call, **others), f"denied: {call}"
    if call.action in ("sns:Publish", "sqs:SendMessage") and own(stack, call.resource):
        plain = Call(call.principal, call.action, call.resource, {**call.context, "aws:SecureTransport": "false"})
        assert not stack.allows(plain, **others), f"allowed without TLS: {call}"


def own(stack, arn):
    """Whether a resource is part of the stack; an existing topic has policies of its own."""
    return bool(stack.policy_of(arn))


def test_eventbridge_may_invoke_the_functions_and_keep_what_it_cannot_deliver(stack):
    for source, rule in rules(stack):
        for target in rule["Targets"]:
            if ":lambda:" in target["Arn"]:
                invoke = Call("events.amazonaws.com", "lambda:InvokeFunction", target["Arn"], {"aws:SourceArn": source})
                check(stack, invoke)
                other = {"aws:SourceArn": source.replace(ACCOUNT, OTHER)}
                assert not stack.allows(Call("events.amazonaws.com", "lambda:InvokeFunction", target["Arn"], other))
            queue = target["DeadLetterConfig"]["Arn"]
            check(stack, Call("events.amazonaws.com", "sqs:SendMessage", queue, {**TLS, "aws:SourceArn": source}))
            other = {**TLS, "aws:SourceArn": source.replace(ACCOUNT, OTHER)}
            assert not stack.allows(Call("events.amazonaws.com", "sqs:SendMessage", queue, other))


def test_eventbridge_may_publish_to_operations_as_the_role_of_the_watch_rules(stack):
    count = 0
    for source, rule in rules(stack):
        for target in rule["Targets"]:
            if ":sns:" not in target["Arn"]:
                continue
            count += 1
            # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html: rules set both keys
            assume = Call("events.amazonaws.com", "sts:AssumeRole", target["RoleArn"], {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": source})
            check(stack, assume)
            assert not stack.allows(Call("events.amazonaws.com", "sts:AssumeRole", target["RoleArn"], {"aws:SourceAccount": OTHER}))
            publish = Call(target["RoleArn"], "sns:Publish", target["Arn"], {**TLS, **by(target["RoleArn"])})
            check(stack, publish, others=policy_of(stack, target["Arn"]))
    assert count >= 6


def test_alarms_may_publish_to_operations(stack):
    alarms = stack.properties("AWS::CloudWatch::Alarm").values()
    for alarm in alarms:
        source = {
            "aws:SourceArn": f"arn:aws:cloudwatch:{HERE}:alarm:{alarm['AlarmName']}",
            "aws:SourceAccount": ACCOUNT,
            "aws:SourceOrgID": ORGANIZATION,
        }
        for topic in alarm["AlarmActions"]:
            policy = policy_of(stack, topic)
            check(stack, Call("cloudwatch.amazonaws.com", "sns:Publish", topic, {**TLS, **source}), others=policy)
            foreign = {key: one.replace(ACCOUNT, OTHER) for key, one in source.items()} | {"aws:SourceOrgID": "o-9999999999"}
            assert not stack.allows(Call("cloudwatch.amazonaws.com", "sns:Publish", topic, {**TLS, **foreign}), others=policy)


def test_functions_may_publish_findings_keep_failed_events_and_write_logs(stack, choice):
    topic_key = CHOICES[choice].get("topicKeyArn")
    for arn, role, function in evaluating(stack):
        check(stack, Call("lambda.amazonaws.com", "sts:AssumeRole", role))
        topic = function["Environment"]["Variables"]["SEALWATCH_TOPIC_ARN"]
        check(stack, Call(role, "sns:Publish", topic, {**TLS, **by(role)}), others=policy_of(stack, topic))
        # SNS uses the topic's key on behalf of the publisher, with the topic as encryption context
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        key = topic_key or stack.arn(*stack.ids("AWS::KMS::Key"))
        through = {"kms:ViaService": f"sns.{REGION}.amazonaws.com", "kms:EncryptionContext:aws:sns:topicArn": topic}
        for action in ("kms:Decrypt", "kms:GenerateDataKey"):
            check(stack, Call(role, action, key, through), others=policy_of(stack, key))
            elsewhere = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
            assert not stack.allows(Call(role, action, key, elsewhere), others=policy_of(stack, key))
        (config,) = [
            one for one in stack.properties("AWS::Lambda::EventInvokeConfig").values() if one["FunctionName"] == function["FunctionName"]
        ]
        # Lambda sends failed events as the function's role: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
        check(stack, Call(role, "sqs:SendMessage", config["DestinationConfig"]["OnFailure"]["Destination"], TLS))
        stream = f"arn:aws:logs:{HERE}:log-group:/aws/lambda/{function['FunctionName']}:log-stream:2026/11/26/[$LATEST]0"
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            check(stack, Call(role, action, stream))
            assert not stack.allows(Call(role, action, stream.replace("sealwatch", "payroll")))


def test_cloudwatch_logs_may_use_the_key_for_the_log_groups_of_the_stack(stack):
    (key,) = [stack.arn(one) for one in stack.ids("AWS::KMS::Key")]
    for group in stack.properties("AWS::Logs::LogGroup").values():
        context = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{HERE}:log-group:{group['LogGroupName']}"}
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        for action in ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "DescribeKey"):
            call = Call(f"logs.{REGION}.amazonaws.com", f"kms:{action}", key, context)
            check(stack, call)
            foreign = {name: one.replace("sealwatch", "payroll") for name, one in context.items()}
            assert not stack.allows(Call(call.principal, call.action, key, foreign))
            assert not stack.allows(Call("logs.us-east-1.amazonaws.com", call.action, key, context))


def test_re_checks_are_scheduled_and_delivered(stack):
    for arn, role, function in evaluating(stack):
        variables = function["Environment"]["Variables"]
        group = variables["SEALWATCH_SCHEDULE_GROUP"]
        check(stack, Call(role, "scheduler:CreateSchedule", f"arn:aws:scheduler:{HERE}:schedule/{group}/kinesis-stream-1-e2e0c0de"))
        assert not stack.allows(Call(role, "scheduler:CreateSchedule", f"arn:aws:scheduler:{HERE}:schedule/default/anything"))
        acting = variables["SEALWATCH_SCHEDULE_ROLE_ARN"]
        check(stack, Call(role, "iam:PassRole", acting, {"iam:PassedToService": "scheduler.amazonaws.com"}))
        assert not stack.allows(Call(role, "iam:PassRole", acting, {"iam:PassedToService": "ec2.amazonaws.com"}))
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        source = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": f"arn:aws:scheduler:{HERE}:schedule-group/{group}"}
        check(stack, Call("scheduler.amazonaws.com", "sts:AssumeRole", acting, source))
        foreign = {name: one.replace(ACCOUNT, OTHER) for name, one in source.items()}
        assert not stack.allows(Call("scheduler.amazonaws.com", "sts:AssumeRole", acting, foreign))
        check(stack, Call(acting, "lambda:InvokeFunction", arn))
        check(stack, Call(acting, "sqs:SendMessage", variables["SEALWATCH_SCHEDULE_DEAD_LETTER_ARN"], TLS))


def test_functions_may_read_their_settings(stack, choice):
    parameter = CHOICES[choice].get("settingsParameter")
    if parameter is None:
        pytest.skip("the settings are inline")
    for _, role, _ in evaluating(stack):
        check(stack, Call(role, "ssm:GetParameter", f"arn:aws:ssm:{HERE}:parameter{parameter}"))
        assert not stack.allows(Call(role, "ssm:GetParameter", f"arn:aws:ssm:{HERE}:parameter{parameter}2"))


VIA_DYNAMODB = {"kms:ViaService": f"dynamodb.{REGION}.amazonaws.com"}


def ledger_of(stack):
    """The ARN of the table, or None."""
    tables = [stack.arn(one) for one in stack.ids("AWS::DynamoDB::Table")]
    return tables[0] if tables else None


def test_functions_may_read_and_write_items_of_the_ledger_and_use_its_key_only_through_dynamodb(stack):
    table = ledger_of(stack)
    if table is None:
        pytest.skip("there is no ledger")
    (key,) = [stack.arn(one) for one in stack.ids("AWS::KMS::Key")]
    for _, role, function in evaluating(stack):
        assert table.endswith(f":table/{function['Environment']['Variables']['SEALWATCH_LEDGER_TABLE']}")
        for action in ("BatchGetItem", "PutItem", "UpdateItem"):
            check(stack, Call(role, f"dynamodb:{action}", table))
            assert not stack.allows(Call(role, f"dynamodb:{action}", table.replace("sealwatch", "orders")))
        for index in ("open", "pending"):
            check(stack, Call(role, "dynamodb:Query", f"{table}/index/{index}"))
        # the scan tells what invocations left behind that crashed
        assert stack.allows(Call(role, "dynamodb:Scan", f"{table}/index/pending")) == function["FunctionName"].endswith("-scan")
        for action in ("DeleteItem", "DeleteTable", "PutResourcePolicy", "Scan", "UpdateTable", "UpdateTimeToLive"):
            assert not stack.allows(Call(role, f"dynamodb:{action}", table)), action
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
        for action in ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"):
            check(stack, Call(role, f"kms:{action}", key, VIA_DYNAMODB))
        for action in ("kms:Encrypt", "kms:ReEncryptFrom"):
            assert not stack.allows(Call(role, action, key)), "without DynamoDB"
        assert not stack.allows(Call(role, "kms:CreateGrant", key, VIA_DYNAMODB))


def test_security_hub_may_read_the_stream_import_findings_and_keep_what_fails(stack):
    found = [one for one in functions(stack) if one not in evaluating(stack)]
    if not found:
        pytest.skip("nothing is imported into Security Hub")
    ((_, role, _),) = found
    check(stack, Call("lambda.amazonaws.com", "sts:AssumeRole", role))
    (mapping,) = stack.properties("AWS::Lambda::EventSourceMapping").values()
    stream = mapping["EventSourceArn"]
    # https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html: what Lambda does as the function's role
    for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"):
        check(stack, Call(role, f"dynamodb:{action}", stream))
    (key,) = [stack.arn(one) for one in stack.ids("AWS::KMS::Key")]
    check(stack, Call(role, "kms:Decrypt", key, VIA_DYNAMODB))
    assert not stack.allows(Call(role, "kms:Decrypt", key))
    check(stack, Call(role, "sqs:SendMessage", mapping["DestinationConfig"]["OnFailure"]["Destination"], TLS))
    product = f"arn:aws:securityhub:{HERE}:product/{ACCOUNT}/default"
    check(stack, Call(role, "securityhub:BatchImportFindings", product))
    assert not stack.allows(Call(role, "securityhub:BatchImportFindings", product.replace(f"{ACCOUNT}/default", "aws/guardduty")))
    for action, resource in (("dynamodb:PutItem", ledger_of(stack)), ("dynamodb:GetItem", ledger_of(stack)), ("securityhub:BatchUpdateFindings", product)):
        assert not stack.allows(Call(role, action, resource)), action


# The look-ups of each function.
LOOKUPS = {**{detector["name"]: detector["permissions"] for detector in DETECTORS}, SCAN: SCANNED}
# An example of each resource that a look-up describes.
LOOKED_UP = {
    "*": f"arn:aws:kms:{HERE}:key/5d1f6a1e-0b52-4a53-9f3c-1c8f2f0c7a01",
}


def test_functions_may_make_their_look_ups(stack, choice):
    scans = CHOICES[choice].get("scanSchedule") != ""
    for name, permissions in LOOKUPS.items():
        if name == SCAN and not scans:
            continue
        ((_, role, _),) = [one for one in functions(stack) if one[2]["FunctionName"] == f"sealwatch-{name}"]
        for permission in permissions:
            pattern = permission["resource"].format(partition="aws", region=REGION, account=ACCOUNT)
            resource = LOOKED_UP.get(pattern, pattern.replace("*", "example"))
            identity, _ = stack.role(role)
            # KMS, Kinesis and others have policies of their own, which belong to the resource's owner
            assert allowed(Call(role, permission["action"], resource), identity, [{"Effect": "Allow", "Principal": "*", "Action": "*"}])


def test_the_simulator_is_as_strict_as_iam():
    assert like("a*c?", "abbcd") and not like("a?", "a") and not like("a.c", "abc")
    assert arn_like("arn:aws:sqs:*:111122223333:q-*", "arn:aws:sqs:eu-west-1:111122223333:q-1")
    assert not arn_like("arn:aws:*:q", "arn:aws:sqs:eu-west-1:111122223333:q"), "a wildcard reached over a colon"
    assert action_like("kms:GenerateDataKey*", "kms:generatedatakeywithoutplaintext")
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    call = Call(role, "sqs:SendMessage", f"arn:aws:sqs:{HERE}:q", {"aws:SourceAccount": ACCOUNT})
    allow = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    anyone = {**allow, "Principal": "*"}
    deny = {**anyone, "Effect": "Deny"}
    condition = {"Condition": {"StringEquals": {"aws:SourceAccount": [OTHER, ACCOUNT]}}}
    rows = [
        ([], [], False),
        ([allow], [], True),
        ([], [anyone], True),
        ([allow], [deny], False),
        ([{**allow, **condition}], [], True),
        ([{**allow, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}], [], False),
        ([{**allow, "Resource": f"arn:aws:sqs:{HERE}:other"}], [], False),
        ([{**allow, "Action": "sqs:*"}], [], True),
    ]
    for identity, resource, wanted in rows:
        assert allowed(call, identity, resource) == wanted, (identity, resource)
    foreign = Call(role, "sqs:SendMessage", f"arn:aws:sqs:{REGION}:{OTHER}:q")
    assert not allowed(foreign, [allow], []) and not allowed(foreign, [], [anyone]) and allowed(foreign, [allow], [anyone])
    key = Call(role, "kms:Decrypt", f"arn:aws:kms:{HERE}:key/k")
    use = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    account = {**use, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    assert not allowed(key, [use], []) and not allowed(key, [], [account]) and allowed(key, [use], [account])
    with pytest.raises(KeyError):  # an operator that is not implemented must not pass
        allowed(call, [{**allow, "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "1"}}}])
    with pytest.raises(AssertionError):
        allowed(call, [{**allow, "NotAction": "sqs:*"}])


def test_the_documented_policies_admit_the_functions_of_the_organization_to_a_central_topic_and_its_key(deployed):
    """docs/organizations.md: TopicArn and TopicKeyArn of another account, with RolePath=/sealwatch/."""
    topic, key = f"arn:aws:sns:{REGION}:999900001111:findings", f"arn:aws:kms:{REGION}:999900001111:key/5d1f6a1e"
    stack = Deployed(expanded(), TopicArn=topic, TopicKeyArn=key, RolePath="/sealwatch/")
    for _, role, _ in functions(stack):
        check(stack, Call(role, "sns:Publish", topic, {**TLS, **by(role)}), others=documented("central findings topic"))
        through = {"kms:ViaService": f"sns.{REGION}.amazonaws.com", "kms:EncryptionContext:aws:sns:topicArn": topic}
        use = documented("key of the central findings topic")
        for action in ("kms:Decrypt", "kms:GenerateDataKey"):
            check(stack, Call(role, action, key, {**through, **by(role)}), others=use)
            stranger = {**through, **by(role), "aws:PrincipalOrgID": "o-9999999999"}
            assert not stack.allows(Call(role, action, key, stranger), others=use)


def test_the_scan_may_tell_operations_what_it_cannot_see_and_only_in_a_hub_list_members(stack, choice):
    found = [one for one in functions(stack) if one[2]["FunctionName"] == f"sealwatch-{SCAN}"]
    assert len(found) == (CHOICES[choice].get("scanSchedule") != "")
    for _, role, function in found:
        topic = function["Environment"]["Variables"]["SEALWATCH_OPERATIONS_TOPIC_ARN"]
        # a topic of another account has a policy of its own
        check(stack, Call(role, "sns:Publish", topic, {**TLS, **by(role)}), others=policy_of(stack, topic))
        schedule = f"arn:aws:scheduler:{HERE}:schedule/sealwatch/silent-{OTHER}"
        assert stack.allows(Call(role, "scheduler:ListSchedules", schedule)) == ("organizationId" in CHOICES[choice])


def test_the_canary_may_change_the_description_of_the_key_and_nothing_else(stack):
    (canary,) = [one for one in stack.properties("AWS::Scheduler::Schedule").values() if one["Name"].endswith("-canary")]
    role = canary["Target"]["RoleArn"]
    source = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": f"arn:aws:scheduler:{HERE}:schedule-group/{canary['GroupName']}"}
    check(stack, Call("scheduler.amazonaws.com", "sts:AssumeRole", role, source))
    key = json.loads(canary["Target"]["Input"])["KeyId"]
    check(stack, Call(role, "kms:UpdateKeyDescription", key))
    for action in ("kms:DisableKey", "kms:PutKeyPolicy", "kms:Decrypt"):
        assert not stack.allows(Call(role, action, key))


def hearing(stack):
    """The role and the environment of the function that hears the canary and heartbeats."""
    ((_, role, function),) = [one for one in functions(stack) if one[2]["FunctionName"] == "sealwatch-kms-key-lifecycle"]
    return role, function["Environment"]["Variables"]


def test_one_function_may_list_the_subscriptions_of_the_topic_for_findings(stack):
    role, variables = hearing(stack)
    topic = variables["SEALWATCH_TOPIC_ARN"]
    if topic.split(":")[4] == ACCOUNT:
        check(stack, Call(role, "sns:ListSubscriptionsByTopic", topic, {**TLS, **by(role)}), others=policy_of(stack, topic))


# A hub, and a member with other names and role paths than the default.
MEMBER = "444455556666"
HUB = {"Name": "audit", "OrganizationId": ORGANIZATION, "RolePath": "/audit/", "LookupRoleName": "audit-lookup"}


@pytest.fixture(scope="module")
def hub():
    return Deployed(expanded(), **HUB)


@pytest.fixture(scope="module")
def member():
    given = {"HubName": "audit", "HubStackName": "sealwatch", "HubRolePath": "/audit/", "LookupRoleName": "audit-lookup"}
    topic = f"arn:aws:sns:{HERE}:audit-operations"
    return Deployed(source("infra/organization/member.yaml"), MEMBER, HubAccount=ACCOUNT, RoleRegion=REGION, OperationsTopicArn=topic, **given)


def test_a_member_may_put_events_on_the_bus_of_the_hub_and_keep_what_it_cannot_deliver(hub, member):
    bus = hub.arn(*hub.ids("AWS::Events::EventBus"))
    count = 0
    for rule_arn, rule in rules(member):
        for target in rule["Targets"]:
            count += 1
            assert target["Arn"] == bus
            role = target["RoleArn"]
            assume = {"aws:SourceAccount": MEMBER, "aws:SourceArn": rule_arn}
            check(member, Call("events.amazonaws.com", "sts:AssumeRole", role, assume))
            put = Call(role, "events:PutEvents", bus, by(role))
            check(member, put, others=hub.policy_of(bus))
            foreign = Call(role, "events:PutEvents", bus, {**by(role), "aws:PrincipalOrgID": "o-9999999999"})
            assert not member.allows(foreign, others=hub.policy_of(bus))
            keep = {**TLS, "aws:SourceArn": rule_arn, "aws:SourceAccount": MEMBER}
            check(member, Call("events.amazonaws.com", "sqs:SendMessage", target["DeadLetterConfig"]["Arn"], keep))
    assert count >= 3


def test_the_functions_of_the_hub_may_assume_the_look_up_role_of_a_member_and_no_other_role_may(hub, member):
    (lookup,) = [member.arn(one) for one in member.ids("AWS::IAM::Role") if member.arn(one).endswith("/audit-lookup")]
    _, trust = member.role(lookup)
    for name, permissions in LOOKUPS.items():
        if not permissions:
            continue
        ((_, role, _),) = [one for one in functions(hub) if one[2]["FunctionName"] == f"audit-{name}"]
        call = Call(role, "sts:AssumeRole", lookup, {**by(role), "aws:ResourceOrgID": ORGANIZATION})
        assert hub.allows(call, others=trust), call
    identity, _ = hub.role(role)
    stranger = f"arn:aws:iam::{ACCOUNT}:role/payroll"
    assert not allowed(Call(stranger, "sts:AssumeRole", lookup, {**by(stranger), "aws:ResourceOrgID": ORGANIZATION}), identity, trust)


def test_in_a_hub_findings_of_a_member_are_imported_with_its_look_up_role():
    hub = Deployed(expanded(), **HUB, SecurityHub="true")
    given = {"HubName": "audit", "HubStackName": "sealwatch", "HubRolePath": "/audit/", "LookupRoleName": "audit-lookup", "SecurityHub": "true"}
    member = Deployed(source("infra/organization/member.yaml"), MEMBER, HubAccount=ACCOUNT, RoleRegion=REGION, **given)
    (lookup,) = [member.arn(one) for one in member.ids("AWS::IAM::Role") if member.arn(one).endswith("/audit-lookup")]
    identity, trust = member.role(lookup)
    ((_, role, _),) = [one for one in functions(hub) if one[2]["FunctionName"] == f"audit-{SECURITY_HUB}"]
    assert hub.allows(Call(role, "sts:AssumeRole", lookup, {**by(role), "aws:ResourceOrgID": ORGANIZATION}), others=trust)
    product = f"arn:aws:securityhub:{REGION}:{MEMBER}:product/{MEMBER}/default"
    assert allowed(Call(lookup, "securityhub:BatchImportFindings", product), identity)
    assert not allowed(Call(lookup, "securityhub:BatchImportFindings", product.replace("default", "other")), identity)


def test_the_heartbeat_of_a_member_sets_a_tag_and_the_hub_moves_its_switch(hub, member):
    (heartbeat,) = member.properties("AWS::Scheduler::Schedule").values()
    acting = heartbeat["Target"]["RoleArn"]
    group = {"aws:SourceAccount": MEMBER, "aws:SourceArn": f"arn:aws:scheduler:{REGION}:{MEMBER}:schedule-group/default"}
    check(member, Call("scheduler.amazonaws.com", "sts:AssumeRole", acting, group))
    check(member, Call(acting, "events:TagResource", json.loads(heartbeat["Target"]["Input"])["ResourceARN"]))
    ((_, role, function),) = [one for one in functions(hub) if one[2]["FunctionName"] == "audit-kms-key-lifecycle"]
    variables = function["Environment"]["Variables"]
    switch = f"arn:aws:scheduler:{HERE}:schedule/audit/silent-{MEMBER}"
    for action in ("scheduler:CreateSchedule", "scheduler:UpdateSchedule"):
        check(hub, Call(role, action, switch))
    acting = variables["SEALWATCH_SCHEDULE_ROLE_ARN"]
    check(hub, Call(role, "iam:PassRole", acting, {"iam:PassedToService": "scheduler.amazonaws.com"}))
    check(hub, Call(acting, "sns:Publish", variables["SEALWATCH_OPERATIONS_TOPIC_ARN"], {**TLS, **by(acting)}))


def test_the_alarms_of_a_member_may_publish_to_the_operations_topic_of_the_hub(hub, member):
    alarms = member.properties("AWS::CloudWatch::Alarm").values()
    assert alarms
    for alarm in alarms:
        source = {
            "aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{MEMBER}:alarm:{alarm['AlarmName']}",
            "aws:SourceAccount": MEMBER,
            "aws:SourceOrgID": ORGANIZATION,
        }
        (topic,) = alarm["AlarmActions"]
        check(hub, Call("cloudwatch.amazonaws.com", "sns:Publish", topic, {**TLS, **source}))
        stranger = {**TLS, **source, "aws:SourceOrgID": "o-9999999999"}
        assert not hub.allows(Call("cloudwatch.amazonaws.com", "sns:Publish", topic, stranger))
