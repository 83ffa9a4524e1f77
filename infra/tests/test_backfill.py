"""infra/backfill on a local AWS: its executions find what one replay of the whole archive finds, whatever fails in between."""

import gzip
import json
import re
import uuid
from urllib.parse import unquote, urlsplit

import pytest

from conftest import ARCHITECTURE, BIN
from faults import Forward, Proxy
from local_aws import until
from templates import ROOT, run, sealwatch

ACCOUNT = "888899990000"
SOURCE = "central-trail"
PREFIX = "AWSLogs/o-a1b2c3d4e5/"
CHUNK_SIZE = 10
DENIED = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
# seconds that an execution may take on a busy machine
PATIENCE = 120


class Refusing(Proxy):
    """S3 that denies some objects."""

    def __init__(self, behind):
        super().__init__(RefusingCall)
        self.behind = behind
        self.refused = set()


class RefusingCall(Forward):
    def answer(self):
        key = unquote(urlsplit(self.path).path).removeprefix(f"/{SOURCE}/")
        if self.command == "GET" and key in self.server.refused:
            return 403, {"content-type": "application/xml"}, DENIED.encode()
        return None


def archive():
    """Log files of a trail as S3 objects, by their keys: the samples of this project, and what else lies in such buckets."""
    samples = [json.loads(path.read_text()) for path in sorted((ROOT / "events").glob("*/*.json"))]
    samples = [sample for sample in samples if isinstance(sample, dict)]
    records = [sample["detail"] for sample in samples if "eventName" in (sample.get("detail") or {})]
    assert len(records) > 100
    objects = {}
    for number in range(96):
        record_of_file = records[number::96]
        account, day = ("111122223333", "444455556666")[number % 2], 1 + number % 28
        key = f"{PREFIX}{account}/CloudTrail/eu-west-1/2026/11/{day:02}/{account}_CloudTrail_eu-west-1_{number:06}.json.gz"
        objects[key] = gzip.compress(json.dumps({"Records": record_of_file}).encode(), mtime=0)
    folder = f"{PREFIX}111122223333/CloudTrail/eu-west-1/2026/11/29/"
    objects[folder + "broken.json.gz"] = objects[key][:-20]
    objects[folder + "notes.txt"] = b"no log file"
    return objects


class Backfill:
    """The deployed stack."""

    def __init__(self, account, outputs, proxy):
        self.account, self.outputs, self.proxy = account, outputs, proxy
        self.s3, self.states, self.logs = (account.client(one) for one in ("s3", "stepfunctions", "logs"))
        self.machine, self.bucket = outputs["StateMachineArn"], outputs["BucketName"]

    def start(self, **given):
        """Runs an execution to its end, and returns its description."""
        arn = self.states.start_execution(stateMachineArn=self.machine, input=json.dumps(given))["executionArn"]
        ended = lambda: (one := self.states.describe_execution(executionArn=arn))["status"] != "RUNNING" and one
        return until(ended, f"the end of the execution with {given}", PATIENCE)

    def succeeds(self, **given):
        """The output of an execution that succeeds."""
        ended = self.start(**given)
        assert ended["status"] == "SUCCEEDED", (ended.get("error"), ended.get("cause"), self.account.aws.tail())
        return json.loads(ended["output"])

    def objects(self, prefix):
        """When each object below a prefix was written, to the microsecond, by what follows the prefix."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return {one["Key"].removeprefix(prefix): one["LastModified"] for page in pages for one in page.get("Contents", [])}

    def read(self, key, bucket=None):
        return self.s3.get_object(Bucket=bucket or self.bucket, Key=key)["Body"].read()

    def extractions(self, name):
        """The chunks that functions extracted for a run, in order: a chunk that was extracted twice is in it twice."""
        events = self.logs.filter_log_events(logGroupName="/aws/lambda/sealwatch-backfill-extract")["events"]
        lines = [json.loads(one["message"]) for one in events if one["message"].startswith("{")]
        return sorted(one["chunk"] for one in lines if one.get("message") == "extracted" and one["run"] == name)

    def replay(self, *options):
        """What `sealwatch replay` of the whole archive finds."""
        command = [sealwatch(), "replay", "--format", "json", "--no-progress", "--exit-zero", *options, f"s3://{SOURCE}/{PREFIX}"]
        return run("sh", "-c", '"$@" 2>/dev/null || [ $? = 2 ]', "sh", *command, env=self.account.environment)

    def findings(self, name):
        return self.read(f"runs/{name}/findings.jsonl").decode()

    def keys(self, name, chunk):
        """The keys of the objects in a chunk."""
        lines = self.read(f"runs/{name}/keys/{chunk}.keys").decode().splitlines()
        return [line.removeprefix(f"s3://{SOURCE}/") for line in lines]


@pytest.fixture(scope="module")
def backfill(aws, released, tmp_path_factory):
    account = aws.account(ACCOUNT)
    s3, sns, sqs = (account.client(one) for one in ("s3", "sns", "sqs"))
    region = {"LocationConstraint": account.environment["AWS_REGION"]}
    for bucket in (SOURCE, "artifacts"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=region)
    for key, body in archive().items():
        s3.put_object(Bucket=SOURCE, Key=key, Body=body)
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    queue = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    endpoint = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
    # four processes at the same time are enough for this machine
    given = {"SourceBucket": SOURCE, "SourcePrefix": PREFIX, "TopicArn": topic, "ChunkSize": CHUNK_SIZE, "MaxConcurrency": 4}
    template = released / f"backfill-{ARCHITECTURE}.yaml"
    command = [BIN / "sam", "deploy", "--template-file", template, "--stack-name", "backfill", "--s3-bucket", "artifacts"]
    command += ["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar", "--parameter-overrides"]
    command += [f"{name}={value}" for name, value in given.items()]
    run(*map(str, command), cwd=tmp_path_factory.mktemp("backfill"), env=account.environment)
    (stack,) = account.client("cloudformation").describe_stacks(StackName="backfill")["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    proxy = Refusing(aws.port)
    functions = account.client("lambda")
    for name in ("sealwatch-backfill", "sealwatch-backfill-extract"):
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        variables["AWS_ENDPOINT_URL_S3"] = proxy.url
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    yield Backfill(account, outputs, proxy)
    proxy.shutdown()


@pytest.fixture
def refuse(backfill):
    """Denies objects until the end of the test, or until they are handed over again."""
    yield backfill.proxy.refused
    backfill.proxy.refused.clear()


def test_a_chunk_that_failed_is_named_and_a_restart_reads_only_that_one(backfill, refuse):
    dry = backfill.succeeds(run="all", dryRun=True)
    assert (dry["chunks"], dry["missing"], dry["plan"]["objects"]) == (10, 10, 97)
    assert dry["plan"]["bytes"] == sum(len(body) for key, body in archive().items() if not key.endswith(".txt"))
    assert 0 < dry["plan"]["cost"]["total"] < 0.01
    assert backfill.objects("runs/all/extracts/").keys() == {"000000.extract.gz"}
    refused = backfill.keys("all", "000003")[4]
    refuse.add(refused)

    ended = backfill.start(run="all")
    assert (ended["status"], ended["error"]) == ("FAILED", "ChunksFailed")
    cause = ended["cause"]
    assert cause.startswith(f"1 of 10 chunks have no extract; s3://{backfill.bucket}/runs/all/failed.json lists them.")
    assert f"000003: ObjectNotFetched: sealwatch: s3://{SOURCE}/{refused}: access denied: allow `s3:GetObject`" in cause
    assert "start an execution with the same input (`run`: `all`)" in cause
    assert json.loads(backfill.read("runs/all/failed.json")) == [{"run": "all", "chunk": "000003", "objects": 10}]
    before = backfill.objects("runs/all/extracts/")
    assert len(before) == 10 and "000003.extract.gz" not in before
    assert "findings.jsonl" not in backfill.objects("runs/all/")

    refuse.clear()
    output = backfill.succeeds(run="all")
    after = backfill.objects("runs/all/extracts/")
    assert after.items() - before.items() == {("000003.extract.gz", after["000003.extract.gz"])}
    assert backfill.extractions("all") == [f"{number:06}" for number in range(1, 11)]
    assert backfill.findings("all") == backfill.replay()
    assert (output["missingChunks"], output["missing"], output["failed"]) == (0, {}, False)
    lines = [json.loads(line) for line in backfill.findings("all").splitlines()]
    assert sum(output["violations"].values()) == sum(line["outcome"] == "violation" for line in lines) > 20
    assert output["findings"] == f"s3://{backfill.bucket}/runs/all/findings.jsonl"
    assert b"<!doctype html>" in backfill.read("runs/all/findings.html")[:100].lower()
    # an object that is there and broken is a message of the report, as in a replay
    assert output["messages"] >= 1 and b"broken.json.gz" in backfill.read("runs/all/messages.txt")

    # a run that is complete answers again, and does nothing
    report = backfill.objects("runs/all/")["report.json"]
    assert backfill.succeeds(run="all") == output
    assert backfill.objects("runs/all/")["report.json"] == report
    assert len(backfill.extractions("all")) == 10


def test_a_list_that_is_cut_off_fails_its_chunk_and_a_new_plan_repairs_it(backfill):
    backfill.succeeds(run="cut", dryRun=True)
    key = "runs/cut/keys/000002.keys"
    whole = backfill.read(key)
    backfill.s3.put_object(Bucket=backfill.bucket, Key=key, Body=whole[: len(whole) // 2])
    cause = backfill.start(run="cut")["cause"]
    assert re.search(r"000002: ListDamaged: s3://\S+/runs/cut/keys/000002.keys has 5 lines and should have 10: delete the plan.json", cause), cause
    backfill.s3.delete_object(Bucket=backfill.bucket, Key="runs/cut/plan.json")
    backfill.succeeds(run="cut")
    assert backfill.extractions("cut") == [f"{number:06}" for number in range(1, 11)]
    assert backfill.findings("cut") == backfill.replay()


def test_an_object_that_is_deleted_after_the_plan_fails_nothing(backfill):
    backfill.succeeds(run="gone", dryRun=True)
    key = backfill.keys("gone", "000001")[0]
    body = backfill.read(key, SOURCE)
    backfill.s3.delete_object(Bucket=SOURCE, Key=key)
    try:
        backfill.succeeds(run="gone")
        assert backfill.findings("gone") == backfill.replay()
    finally:
        backfill.s3.put_object(Bucket=SOURCE, Key=key, Body=body)
    assert f"{key}: deleted after the bucket was listed" in backfill.read("runs/gone/messages.txt").decode()


def test_chunks_may_fail_as_far_as_the_stack_tolerates_it(backfill, refuse):
    definition = backfill.states.describe_state_machine(stateMachineArn=backfill.machine)["definition"]
    tolerant = definition.replace('"tolerated": 0', '"tolerated": 10')
    assert tolerant != definition
    backfill.states.update_state_machine(stateMachineArn=backfill.machine, definition=tolerant)
    try:
        backfill.succeeds(run="some", dryRun=True)
        refuse.add(backfill.keys("some", "000010")[0])
        output = backfill.succeeds(run="some")
        assert output["missingChunks"] == 1 and list(output["missing"]) == ["000010"]
        assert "access denied" in output["missing"]["000010"]
        refuse.clear()
        # the rest comes later, and the report is made again
        assert backfill.succeeds(run="some")["missingChunks"] == 0
        assert backfill.findings("some") == backfill.replay()
    finally:
        backfill.states.update_state_machine(stateMachineArn=backfill.machine, definition=definition)


def test_filters_select_what_they_select_in_a_replay(backfill):
    output = backfill.succeeds(run="filtered", since="2026-11-20", until="2026-11-22", accounts=["111122223333"], regions=["eu-west-1"])
    assert output["chunks"] < 10
    wanted = backfill.replay("--since", "2026-11-20", "--until", "2026-11-22", "--account", "111122223333", "--region", "eu-west-1")
    assert backfill.findings("filtered") == wanted != ""


def test_settings_that_are_wrong_fail_the_report_with_the_reason(backfill):
    backfill.s3.put_object(Bucket=backfill.bucket, Key="settings.toml", Body=b"[keyz]\n")
    try:
        ended = backfill.start(run="wrong-settings", accounts=["111122223333"])
    finally:
        backfill.s3.delete_object(Bucket=backfill.bucket, Key="settings.toml")
    assert ended["error"] == "ReportFailed" and "keyz" in ended["cause"]
    assert "report.json" not in backfill.objects("runs/wrong-settings/")


def test_settings_in_the_bucket_apply_and_findings_are_published(backfill, tmp_path):
    settings = tmp_path / "sealwatch.toml"
    settings.write_text("[rules.kms-key-policy-public]\nenabled = false\n")
    source = f"s3://{SOURCE}/{PREFIX}111122223333/"
    backfill.s3.upload_file(str(settings), backfill.bucket, "settings.toml")
    try:
        given = {"run": f"published-{uuid.uuid4()}", "source": source, "publish": True}
        output = backfill.succeeds(**given)
    finally:
        backfill.s3.delete_object(Bucket=backfill.bucket, Key="settings.toml")
    assert output["published"]
    lines = [json.loads(line) for line in backfill.findings(given["run"]).splitlines()]
    assert "kms-key-policy-public" in backfill.replay() and lines
    assert "kms-key-policy-public" not in {line["rule"] for line in lines}
    queue = backfill.account.client("sqs")
    url = queue.get_queue_url(QueueName="subscriber")["QueueUrl"]
    count = lambda: int(queue.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessages"])
    events = {line["event"]["id"] for line in lines if line["outcome"] == "violation"}
    assert until(lambda: count() >= len(events), "the published findings")
    published = count()
    backfill.succeeds(**given)
    assert count() == published, "a complete run published its findings again"


@pytest.mark.parametrize(
    "given, message",
    [
        ({}, "missing field `run`; for example"),
        ({"run": "a/../b"}, "`run` is `a/../b`: up to 60 letters, digits and hyphens"),
        ({"run": "r", "dryrun": True}, "unknown member `dryrun`; known are run, source, since"),
        ({"run": "r", "source": "s3://payroll/"}, f"`source` is `s3://payroll/`, and this stack may read s3://{SOURCE}/{PREFIX}"),
        ({"run": "r", "accounts": ["prod"]}, "`accounts` has `prod`: twelve digits in quotes"),
        ({"run": "r", "since": "yesterday"}, "yesterday"),
        ({"run": "r", "since": "2026-11-20", "until": "2026-11-01"}, "--until"),
        ({"run": "r", "source": f"s3://{SOURCE}/{PREFIX}nothing/"}, "no .json, .jsonl, .ndjson, .gz, .zst or .zip file in s3://"),
    ],
)
def test_wrong_input_is_rejected_with_what_to_do(backfill, given, message):
    ended = backfill.start(**given)
    assert ended["status"] == "FAILED" and ended["error"] in ("BadInput", "PlanFailed"), ended
    assert message in json.loads(ended["cause"])["errorMessage"]
    assert backfill.objects("runs/r/") == {}, "nothing was planned"


def test_a_run_keeps_its_filters(backfill):
    backfill.succeeds(run="kept", dryRun=True)
    ended = backfill.start(run="kept", since="2026-11-20", dryRun=True)
    assert ended["error"] == "BadInput"
    assert "the run `kept` exists with" in ended["cause"] and "use another name for `run`" in ended["cause"]
