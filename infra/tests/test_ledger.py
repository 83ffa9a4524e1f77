"""A stack with a ledger, deployed by SAM and by CDK: a finding is reported once, and again when it is fixed."""

import datetime
import json
import shlex
import subprocess
import uuid

import pytest

from local_aws import until
from stack import changed
from templates import sealwatch

QUEUE = "subscriber-envelopes"


@pytest.fixture(scope="module")
def stack(remembering):
    """The stack, with a subscriber that gets subjects, too."""
    remembering.sqs.create_queue(QueueName=QUEUE)
    topic, queue = remembering.arn("sns", f"{remembering.name}-findings"), remembering.arn("sqs", QUEUE)
    remembering.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    return remembering


class Inbox:
    """The messages about one stream."""

    def __init__(self, stack, stream):
        self.stack, self.stream, self.messages = stack, stream, []

    def read(self):
        for body in self.stack.received(QUEUE):
            envelope = json.loads(body)
            if self.stream in envelope["Message"]:
                self.messages.append((envelope["Subject"], json.loads(envelope["Message"])))
        return self.messages

    def wait_for(self, count):
        until(lambda: len(self.read()) >= count, f"{count} messages about {self.stream}")
        return self.messages[count - 1]


def call(stack, stream, name, seconds_ago):
    """The event of a call on a stream."""
    event = stack.sample("kinesis-stream/stop-encryption.json")
    time = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds_ago)
    parameters = {"streamName": stream}
    if name != "DeleteStream":
        parameters |= {"encryptionType": "KMS", "keyId": event["detail"]["requestParameters"]["keyId"]}
    return changed(event, str(uuid.uuid4()), eventName=name, eventTime=time.strftime("%FT%TZ"), requestParameters=parameters)


def evaluated(stack, event, times):
    """Waits until a function has evaluated an event so often."""
    done = lambda: sum("evaluated" in line for line in stack.logged("kinesis-stream", event["detail"]["eventID"])) >= times
    until(done, f"evaluation {times} of {event['detail']['eventName']}")


@pytest.mark.parametrize("closing", ["DeleteStream", "StartStreamEncryption"])
def test_a_finding_is_reported_once_and_when_it_is_fixed(stack, closing):
    stream = f"orders-{closing.lower()}-{uuid.uuid4().hex[:8]}"
    stack.account.client("kinesis").create_stream(StreamName=stream, ShardCount=1)
    inbox = Inbox(stack, stream)
    opened = call(stack, stream, "StopStreamEncryption", 60)
    stack.put(opened)
    subject, message = inbox.wait_for(1)
    (finding,) = (one for one in message["findings"] if one["rule"] == "kinesis-stream-unencrypted")
    assert finding["state"] == "open" and not subject.startswith("[RESOLVED]")

    # delivered again, as EventBridge may
    evaluated(stack, opened, 1)
    stack.put(opened)
    evaluated(stack, opened, 2)
    assert len(inbox.read()) == 1, inbox.messages

    stack.put(call(stack, stream, closing, 30))
    subject, message = inbox.wait_for(2)
    assert subject.startswith("[RESOLVED] "), subject
    (fixed,) = (one for one in message["findings"] if one["rule"] == finding["rule"])
    assert (fixed["state"], fixed["fingerprint"]) == ("resolved", finding["fingerprint"])
    assert fixed["first_seen"] == opened["detail"]["eventTime"]
    assert fixed["resolved_by"]["call"] == closing

    # an older event that comes late changes nothing
    late = call(stack, stream, "StopStreamEncryption", 45)
    stack.put(late)
    evaluated(stack, late, 1)
    assert len(inbox.read()) == 2, inbox.messages


def test_the_table_holds_what_was_told(stack):
    table = stack.account.client("dynamodb")
    items = table.scan(TableName=f"{stack.name}-ledger")["Items"]
    findings = [item for item in items if "rule" in item]
    assert findings and all(item["fingerprint"]["S"] for item in findings)
    assert not [item for item in findings if "claim" in item], "told, and not confirmed"
    open_in = {"TableName": f"{stack.name}-ledger", "IndexName": "open", "KeyConditionExpression": "open_in = :o"}
    found = table.query(**open_in, ExpressionAttributeValues={":o": {"S": f"{stack.account.id}/eu-west-1"}})["Items"]
    assert {item["fingerprint"]["S"] for item in found} == {item["fingerprint"]["S"] for item in findings if item["state"]["S"] != "resolved"}


def test_without_its_table_a_function_fails_and_the_event_is_kept(stack):
    """Nothing is lost, and nothing is reported without having been remembered."""
    variables = stack.lambda_.get_function_configuration(FunctionName=f"{stack.name}-kinesis-stream")["Environment"]["Variables"]
    event = call(stack, f"lost-{uuid.uuid4().hex[:8]}", "StopStreamEncryption", 10)
    change = lambda table: stack.lambda_.update_function_configuration(
        FunctionName=f"{stack.name}-kinesis-stream", Environment={"Variables": {**variables, "SEALWATCH_LEDGER_TABLE": table}}
    )
    change("no-such-table")
    try:
        stack.invoke("kinesis-stream", event)
        (body,) = until(lambda: stack.received(f"{stack.name}-failed-events"), "the event in the queue")
    finally:
        change(variables["SEALWATCH_LEDGER_TABLE"])
    kept = json.loads(body)
    assert (kept["requestPayload"], kept["responsePayload"]["errorType"]) == (event, "LedgerFailed")


def test_doctor_checks_the_ledger_and_prints_the_commands_that_fix_it(stack):
    """The local AWS sets neither point-in-time recovery nor expiry when CloudFormation creates a table."""

    def faults():
        command = [sealwatch(), "doctor", "--stack", stack.name, "--format", "json"]
        done = subprocess.run(command, env=stack.account.environment, capture_output=True, text=True, timeout=120)
        checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
        return {problem["fault"]: problem["fix"] for problem in checks["ledger"]["problems"]}

    found = faults()
    assert found.keys() <= {"ledger-without-backup", "ledger-without-expiry", "ledger-failures"}
    for fault, fix in found.items():
        if fault != "ledger-failures":
            subprocess.run(shlex.split(fix), env=stack.account.environment, check=True, capture_output=True)
    assert faults().keys() <= {"ledger-failures"}
