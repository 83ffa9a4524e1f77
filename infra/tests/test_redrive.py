"""infra/redrive with a fake AWS CLI: no message ends the run, and the exit status says what is left."""

import json
import os
import subprocess
import sys

import pytest

from templates import ROOT

# The fake `aws`: a queue in a file, functions that succeed, fail or do not exist, and a log of all calls.
FAKE = """#!{python}
import json, os, sys
from pathlib import Path

folder = Path(os.environ["FAKE_AWS"])
state = json.loads((folder / "state.json").read_text())
words = sys.argv[1:]
option = lambda name: words[words.index(name) + 1] if name in words else None
service, command = words[:2]

def loaded(name):
    # as the AWS CLI does with every argument: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-file.html
    value = option(name)
    return Path(value.removeprefix("file://")).read_text() if value and value.startswith("file://") else value

with (folder / "calls").open("a") as log:
    log.write(json.dumps([service, command, option("--profile"), option("--function-name") or option("--topic-arn") or option("--queue-name")]) + "\\n")

def fail(text):
    sys.exit("An error occurred " + text)

answer = {{}}
if command in state["broken"]:
    fail("(AccessDenied) when calling the operation: not allowed")
if command == "get-queue-url":
    answer = {{"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/" + option("--queue-name")}}
elif command == "receive-message":
    if state["batches"]:
        batch = state["batches"].pop(0)
        answer = {{"Messages": [state["messages"][at] for at in batch]}}
elif command == "get-queue-attributes":
    answer = {{"Attributes": {{"ApproximateNumberOfMessagesNotVisible": str(state["hidden"])}}}}
elif command == "invoke":
    function = option("--function-name")
    state["invoked"].append([function, json.loads(Path(option("--payload").removeprefix("fileb://")).read_text())])
    if function in state["missing"]:
        fail("(ResourceNotFoundException) when calling the Invoke operation: Function not found: " + function)
    output = Path([word for word in words if word.endswith("answer.json")][0])
    if function in state["failing"]:
        output.write_text(json.dumps({{"errorMessage": "PublishFailed: the topic is gone"}}))
        answer = {{"StatusCode": 200, "FunctionError": "Unhandled"}}
    else:
        output.write_text("null")
elif command == "publish":
    request = json.loads(loaded("--cli-input-json") or "null") or {{"TopicArn": option("--topic-arn"), "Message": loaded("--message")}}
    state["published"].append([request["TopicArn"], request["Message"]])
elif command == "delete-message":
    state["deleted"].append(option("--receipt-handle"))
elif command == "change-message-visibility-batch":
    state["released"] += [one["ReceiptHandle"] for one in json.loads(option("--entries"))]
(folder / "state.json").write_text(json.dumps(state))
print(json.dumps(answer))
"""


class Queue:
    """A queue with messages, and what a run did with them."""

    def __init__(self, folder, *messages, batches=None, **state):
        self.folder = folder
        numbered = [{"MessageId": f"m{at}", "ReceiptHandle": f"r{at}", **message} for at, message in enumerate(messages)]
        batches = batches or [list(range(start, min(start + 10, len(messages)))) for start in range(0, len(messages), 10)]
        empty = {"missing": [], "failing": [], "broken": [], "invoked": [], "published": [], "deleted": [], "released": [], "hidden": 0}
        (folder / "state.json").write_text(json.dumps({**empty, "messages": numbered, "batches": batches, **state}))
        (folder / "aws").write_text(FAKE.format(python=sys.executable))
        (folder / "aws").chmod(0o755)

    def redrive(self, *arguments):
        """The exit status, and the lines of a run."""
        environment = {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}", "FAKE_AWS": str(self.folder)}
        done = subprocess.run([sys.executable, ROOT / "infra/redrive", *arguments], env=environment, text=True, capture_output=True, timeout=60)
        assert "Traceback" not in done.stderr, done.stderr
        self.errors = done.stderr
        return done.returncode, done.stdout.splitlines()

    def __getattr__(self, name):
        return json.loads((self.folder / "state.json").read_text())[name]

    @property
    def calls(self):
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]


def event(name="StopStreamEncryption", source="kinesis", **detail):
    return {
        "source": f"aws.{source}",
        "detail-type": "AWS API Call via CloudTrail",
        "account": "444455556666",
        "region": "eu-west-1",
        "detail": {"eventSource": f"{source}.amazonaws.com", "eventName": name, "eventID": f"id-of-{name}", **detail},
    }


def attributes(**values):
    return {name: {"StringValue": value, "DataType": "String"} for name, value in values.items()}


def failed(function="sealwatch-kinesis-stream", payload=None):
    """A message of Lambda's on-failure destination."""
    arn = f"arn:aws:lambda:eu-west-1:111122223333:function:{function}:$LATEST"
    return {"Body": json.dumps({"requestContext": {"functionArn": arn}, "requestPayload": payload or event()})}


def from_rule(rule="sealwatch-kinesis-stream", target="lambda:eu-west-1:111122223333:function:sealwatch-kinesis-stream", body=None):
    rule, target = f"arn:aws:events:eu-west-1:111122223333:rule/{rule}", f"arn:aws:{target}"
    return {"Body": json.dumps(body or event()), "MessageAttributes": attributes(RULE_ARN=rule, TARGET_ARN=target)}


def forwarded(body):
    bus = "arn:aws:events:eu-west-1:999900001111:event-bus/sealwatch"
    return {"Body": json.dumps(body), "MessageAttributes": attributes(TARGET_ARN=bus)}


def test_an_event_is_evaluated_and_deleted(tmp_path):
    queue = Queue(tmp_path, failed())
    status, lines = queue.redrive("failed-events")
    assert (status, lines[-1]) == (0, "1 messages: 1 evaluated, 0 kept")
    assert queue.invoked == [["sealwatch-kinesis-stream", event()]]
    assert (queue.deleted, queue.released) == (["r0"], [])


UNKNOWN = {
    "not JSON": {"Body": "hello"},
    "not an object": {"Body": "[1]"},
    "a number": {"Body": "7"},
    "no body": {},
    "no attributes": {"Body": "{}"},
    "a request without a context": {"Body": '{"requestPayload": {}}'},
    "a context that is no object": {"Body": '{"requestPayload": {}, "requestContext": "x"}'},
    "an ARN that is none": {"Body": '{"requestPayload": {}, "requestContext": {"functionArn": "x"}}'},
    "a function of another system": failed("payroll"),
    "attributes without a value": {"Body": "{}", "MessageAttributes": {"TARGET_ARN": {"BinaryValue": "eA=="}}},
    "a rule of another system": from_rule("payroll", "lambda:eu-west-1:111122223333:function:payroll"),
    "no function of this stack": from_rule("sealwatch-x", "lambda:eu-west-1:111122223333:function:sealwatch-x"),
}


@pytest.mark.parametrize("unknown", UNKNOWN)
def test_a_message_that_it_does_not_know_is_named_and_kept_and_the_next_is_handled(tmp_path, unknown):
    queue = Queue(tmp_path, UNKNOWN[unknown], failed())
    status, lines = queue.redrive("rule-dead-letters")
    assert status == 1
    assert lines[0].startswith("m0: kept: it"), lines
    assert lines[-1] == "2 messages: 1 evaluated, 1 kept"
    assert (queue.deleted, queue.released) == (["r1"], ["r0"])


def test_a_missing_or_failing_function_or_a_failing_deletion_does_not_end_the_run(tmp_path):
    gone, fails = failed("sealwatch-kms-alias"), failed("sealwatch-msk-cluster")
    queue = Queue(tmp_path, gone, fails, failed(), missing=["sealwatch-kms-alias"], failing=["sealwatch-msk-cluster"])
    status, lines = queue.redrive("failed-events")
    assert status == 1
    assert lines[0].startswith("m0: kept: aws lambda invoke failed: An error occurred (ResourceNotFoundException)")
    assert lines[1] == "m1: kept: sealwatch-msk-cluster: PublishFailed: the topic is gone"
    assert lines[3] == "3 messages: 1 evaluated, 2 kept"
    queue = Queue(tmp_path, failed(), failed(), broken=["delete-message"])
    status, lines = queue.redrive("failed-events")
    assert (status, lines[-1], len(queue.invoked)) == (1, "2 messages: 0 evaluated, 2 kept", 2)


def test_messages_that_come_again_do_not_end_the_run_while_others_wait(tmp_path):
    messages = [{"Body": "?"}, {"Body": "?"}, failed(), failed()]
    queue = Queue(tmp_path, *messages, batches=[[0, 1], [0, 1], [2], [1], [3]])
    status, lines = queue.redrive("failed-events")
    assert (status, lines[-1]) == (1, "4 messages: 2 evaluated, 2 kept")
    assert queue.deleted == ["r2", "r3"]


def test_it_ends_if_only_seen_messages_come(tmp_path):
    queue = Queue(tmp_path, {"Body": "?"}, batches=[[0]] * 1000)
    assert queue.redrive("failed-events")[0] == 1
    assert len(queue.batches) > 990


def test_a_dry_run_changes_nothing_and_says_what_is_left(tmp_path):
    queue = Queue(tmp_path, failed(), {"Body": "?"})
    status, lines = queue.redrive("--dry-run", "failed-events")
    assert status == 1
    assert lines[0] == "m0: StopStreamEncryption id-of-StopStreamEncryption for sealwatch-kinesis-stream: in the queue"
    assert lines[2] == "2 messages: 0 evaluated, 2 kept"
    assert (queue.invoked, queue.deleted, queue.released) == ([], [], ["r0", "r1"])
    assert Queue(tmp_path).redrive("--dry-run", "failed-events") == (0, ["0 messages: 0 evaluated, 0 kept"])


@pytest.mark.parametrize("broken", ["get-queue-url", "receive-message"])
def test_a_queue_that_cannot_be_read_is_an_error_of_its_own(tmp_path, broken):
    queue = Queue(tmp_path, failed(), broken=[broken])
    status, _ = queue.redrive("failed-events")
    assert status == 2
    assert queue.errors == f"aws sqs {broken} failed: An error occurred (AccessDenied) when calling the operation: not allowed\n"


def test_messages_that_someone_else_has_received_are_left(tmp_path):
    status, lines = Queue(tmp_path, hidden=3).redrive("failed-events")
    assert status == 1
    assert lines[0].startswith("3 messages are hidden")


def test_what_operations_was_not_told_is_published(tmp_path):
    topic = "sns:eu-west-1:111122223333:sealwatch-operations"
    watched = from_rule("sealwatch-watch-rules", topic, event("DisableRule", "events", userIdentity={"arn": "arn:x"}, eventTime="T"))
    silent = {"Body": "account 1 is silent", "MessageAttributes": attributes(TARGET_ARN=f"arn:aws:{topic}")}
    queue = Queue(tmp_path, watched, silent)
    status, lines = queue.redrive("rule-dead-letters")
    assert (status, lines[-1]) == (0, "2 messages: 0 evaluated, 0 kept, 2 sent to operations")
    (one, text), other = queue.published
    assert (one, other) == (f"arn:aws:{topic}", [f"arn:aws:{topic}", "account 1 is silent"])
    assert "(account 444455556666, eu-west-1): DisableRule id-of-DisableRule by arn:x at T" in text


def test_another_operations_topic_has_to_be_named(tmp_path):
    arn = "arn:aws:sns:eu-west-1:999900001111:on-call"
    for options, expected in ([], []), (["--operations-topic", arn], [[arn, "account 1 is silent"]]):
        queue = Queue(tmp_path, {"Body": "account 1 is silent", "MessageAttributes": attributes(TARGET_ARN=arn)})
        status, lines = queue.redrive(*options, "schedule-dead-letters")
        assert (status, queue.published) == (0 if expected else 1, expected)
        assert expected or f"add --operations-topic {arn}" in lines[0]


@pytest.mark.parametrize("quoted", [False, True])
def test_a_message_that_looks_like_a_file_does_not_publish_the_file(tmp_path, quoted):
    """Whoever may send to the queue must not get the credentials of those who run this."""
    secret = tmp_path / "credentials"
    secret.write_text("aws_secret_access_key = x")
    text = f"file://{secret}"
    arn = "arn:aws:sns:eu-west-1:111122223333:sealwatch-operations"
    letter = {"Body": json.dumps(text) if quoted else text, "MessageAttributes": attributes(TARGET_ARN=arn)}
    queue = Queue(tmp_path, letter)
    queue.redrive("rule-dead-letters")
    assert queue.published == [[arn, text]]


def test_the_queue_of_a_member_is_read_with_its_profile_and_the_functions_of_the_hub_are_invoked(tmp_path):
    deleted = {"source": "aws.kms", "detail-type": "KMS CMK Deletion", "id": "e", "detail": {"key-id": "k"}}
    heartbeat = event("TagResource", "events", requestParameters={"tags": [{"key": "sealwatch-heartbeat", "value": "T"}]})
    canary = event("UpdateKeyDescription", "kms", requestParameters={"description": "sealwatch canary T"})
    watched = event("DisableRule", "events")
    closing = event("RevokeGrant", "kms")
    queue = Queue(tmp_path, *map(forwarded, (event(), deleted, closing, heartbeat, canary, watched)), {"Body": "[]"}, forwarded({}))
    status, lines = queue.redrive("--queue-profile", "member", "forward-dead-letters")
    assert status == 1
    # an event that says nothing is for people, as everything that no function evaluates
    assert lines[-1] == "8 messages: 3 evaluated, 1 kept, 2 sent to operations, 2 dropped"
    assert queue.invoked == [
        ["sealwatch-kinesis-stream", event()],
        ["sealwatch-kms-key-lifecycle", deleted],
        ["sealwatch-kms-key-policy", deleted],
        ["sealwatch-kms-key-policy", closing],
    ]
    assert {topic for topic, _ in queue.published} == {"arn:aws:sns:eu-west-1:999900001111:sealwatch-operations"}
    for service, _, profile, _ in queue.calls:
        assert profile == ("member" if service == "sqs" else None)
    assert queue.calls[0][-1] == "sealwatch-forward-dead-letters"


def test_every_monitored_call_in_the_queue_of_a_member_finds_its_functions(tmp_path):
    samples = [json.loads(path.read_text()) for path in sorted((ROOT / "events").glob("*/*.json"))]
    samples = [sample for sample in samples if "detail" in sample]
    queue = Queue(tmp_path, *map(forwarded, samples))
    status, lines = queue.redrive("--dry-run", "forward-dead-letters")
    assert status == 1 and not [line for line in lines if "operations" in line or "nobody" in line]


def test_a_profile_is_only_for_the_queue_of_a_member(tmp_path):
    queue = Queue(tmp_path)
    assert queue.redrive("--queue-profile", "member", "failed-events")[0] == 2
    assert "--queue-profile is for forward-dead-letters" in queue.errors
