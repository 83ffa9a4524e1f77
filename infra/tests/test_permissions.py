"""Every call that a service or a function makes in a deployment is allowed, and the same call by someone else is not.

The local AWS evaluates neither IAM nor key policies, so iam.py does it here. Each test states the calls of one service,
with the context that this service sends.
"""

import json

import pytest

from iam import Call, Deployed, action_like, allowed, arn_like, like
from templates import ACCOUNT, DETECTORS, REGION, expanded, synthesized
from test_templates import CHOICES, settles

HERE, OTHER = f"{REGION}:{ACCOUNT}", "999988887777"
TLS = {"aws:SecureTransport": "true"}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """Both templates for every choice of options."""
    sam = expanded()
    made = {}
    for name, choice in CHOICES.items():
        parameters = {key[0].upper() + key[1:]: value for key, value in choice.items()}
        made["sam", name] = Deployed(sam, **parameters)
        made["cdk", name] = Deployed(synthesized(tmp_path_factory.mktemp("cdk"), **choice))
    return made


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


def check(stack, call, **others):
    """The call is allowed, and would not be over an unencrypted connection."""
    assert stack.allows(call, **others), f"denied: {call}"
    if call.action.split(":")[0] in ("sns", "sqs"):
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
            check(stack, Call(target["RoleArn"], "sns:Publish", target["Arn"], TLS))
    assert count >= 6


def test_alarms_may_publish_to_operations(stack):
    alarms = stack.properties("AWS::CloudWatch::Alarm").values()
    for alarm in alarms:
        source = {"aws:SourceArn": f"arn:aws:cloudwatch:{HERE}:alarm:{alarm['AlarmName']}", "aws:SourceAccount": ACCOUNT}
        for topic in alarm["AlarmActions"]:
            if not own(stack, topic):
                continue
            check(stack, Call("cloudwatch.amazonaws.com", "sns:Publish", topic, {**TLS, **source}))
            foreign = {key: one.replace(ACCOUNT, OTHER) for key, one in source.items()}
            assert not stack.allows(Call("cloudwatch.amazonaws.com", "sns:Publish", topic, {**TLS, **foreign}))


def test_functions_may_publish_findings_keep_failed_events_and_write_logs(stack, choice):
    topic_key = CHOICES[choice].get("topicKeyArn")
    for arn, role, function in functions(stack):
        check(stack, Call("lambda.amazonaws.com", "sts:AssumeRole", role))
        topic = function["Environment"]["Variables"]["SEALWATCH_TOPIC_ARN"]
        check(stack, Call(role, "sns:Publish", topic, TLS)) if own(stack, topic) else None
        # SNS uses the topic's key on behalf of the publisher, with the topic as encryption context
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        key = topic_key or stack.arn(*stack.ids("AWS::KMS::Key"))
        through = {"kms:ViaService": f"sns.{REGION}.amazonaws.com", "kms:EncryptionContext:aws:sns:topicArn": topic}
        account = [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}]
        for action in ("kms:Decrypt", "kms:GenerateDataKey"):
            check(stack, Call(role, action, key, through), others=account)
            assert not stack.allows(Call(role, action, key, {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}), others=account)
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
    for arn, role, function in functions(stack):
        variables = function["Environment"]["Variables"]
        if "SEALWATCH_SCHEDULE_GROUP" not in variables:
            continue
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
    for _, role, _ in functions(stack):
        check(stack, Call(role, "ssm:GetParameter", f"arn:aws:ssm:{HERE}:parameter{parameter}"))
        assert not stack.allows(Call(role, "ssm:GetParameter", f"arn:aws:ssm:{HERE}:parameter{parameter}2"))


# An example of each resource that a look-up describes.
LOOKED_UP = {
    "*": f"arn:aws:kms:{HERE}:key/5d1f6a1e-0b52-4a53-9f3c-1c8f2f0c7a01",
}


def test_functions_may_make_their_look_ups(stack):
    for detector in DETECTORS:
        ((_, role, _),) = [one for one in functions(stack) if one[2]["FunctionName"] == f"sealwatch-{detector['name']}"]
        for permission in detector["permissions"]:
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
