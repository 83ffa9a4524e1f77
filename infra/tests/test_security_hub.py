"""The function that imports the ledger into Security Hub: what it sends, compared with the API model, and what moto keeps of it.

The real binary runs on a small Runtime API. moto has the calls of Security Hub, but does less than AWS: it takes any finding,
also an older one, of every account, and knows no workflow. The tests check the format themselves.
"""

import json
import os
import re
import subprocess
import threading
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

import boto3
import pytest
from boto3.dynamodb.types import TypeSerializer
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from moto.server import ThreadedMotoServer

from aws_cli import enum_problems
from models import model
from templates import REGION, ROOT, run, sealwatch

ACCOUNT = "111122223333"
SEEN = 1795341600  # 2026-11-22T10:00:00Z
# Lengths that the model has in its texts only: "Length Constraints: … Maximum length of 256."
LENGTH = re.compile(r"Maximum (?:length )?of (\d+)")
# Lengths of members of other shapes, from
# https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html
PRODUCT_FIELDS = (50, 128, 2048)
STATES = [
    ("open", "FAILED", "ACTIVE"),
    ("unverified", "WARNING", "ACTIVE"),
    ("resolved", "PASSED", "ARCHIVED"),
]


class RuntimeApi(ThreadingHTTPServer):
    """Passes events to a function: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""

    daemon_threads = True

    def __init__(self):
        self.events, self.responses = Queue(), Queue()
        super().__init__(("127.0.0.1", 0), Invocations)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Invocations(BaseHTTPRequestHandler):
    def do_GET(self):
        event = self.server.events.get()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "00000000-0000-4000-8000-000000000001")
        self.send_header("Lambda-Runtime-Deadline-Ms", "4000000000000")
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:security-hub")
        self.send_header("Content-Length", str(len(event)))
        self.end_headers()
        self.wfile.write(event)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.responses.put((self.path, json.loads(body)))

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def hub():
    """The client of a Security Hub of moto."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client("securityhub", region_name=REGION, endpoint_url=f"http://{host}:{port}", **credentials())
    client.enable_security_hub()
    yield client
    server.stop()


def credentials():
    return {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


@pytest.fixture(scope="module")
def invoke(hub):
    """Invokes the function with records, and returns the sequence numbers that it reports as failed."""
    program = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "debug/sealwatch-security-hub"
    assert Path(program).exists(), f"{program} does not exist: run `cargo build -p sealwatch-security-hub`"
    api = RuntimeApi()
    environment = {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "security-hub",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": hub.meta.endpoint_url,
        **{name.upper(): value for name, value in credentials().items()},
    }
    process = subprocess.Popen([program], env=environment, stdout=subprocess.DEVNULL)

    def invoke(records):
        api.events.put(json.dumps({"Records": records}).encode())
        path, response = api.responses.get(timeout=60)
        assert path.endswith("/response"), response
        return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]

    yield invoke
    process.kill()
    process.wait()
    api.shutdown()


@pytest.fixture(scope="module")
def findings():
    """A violation of each rule among the samples."""
    lines = run(sealwatch(), "replay", "--format", "json", "--exit-zero", "--all", "events", cwd=ROOT).splitlines()
    found = [json.loads(line) for line in lines]
    by_rule = {one["rule"]: one for one in found if one["outcome"] == "violation" and one["account"] == ACCOUNT}
    assert len(by_rule) > 40
    return list(by_rule.values())


def item(finding, state="open", version=1):
    """The item of the ledger for a finding, as the table's stream has it: in the JSON of DynamoDB."""
    look = {"moment": {"time": SEEN + version, "rank": 1, "wrong": state == "open", "event": "e"}, "origin": "event"}
    entry = {
        "fingerprint": finding["fingerprint"],
        "rule": finding["rule"],
        "detector": "a-detector",
        "resource": finding["resource"]["arn"] or finding["resource"]["name"],
        "account": finding["account"],
        "region": finding["region"],
        "version": version,
        "state": state,
        "severity": finding["severity"],
        "doubt" if state == "unverified" else "verdict": look,
        "first_seen": "2026-11-22T10:00:00Z",
        "finding": json.dumps(finding),
    }
    if state == "resolved":
        by = {"who": "arn:aws:iam::111122223333:user/ops", "call": "EnableKey", "event": "e-2", "reason": "fixed"}
        entry |= {"resolved_at": "2026-11-22T11:00:00Z", "resolved_by": by}
    return TypeSerializer().serialize(entry)["M"]


def record(number, new, old=None):
    data = {"SequenceNumber": f"{number:021}", "ApproximateCreationDateTime": SEEN + 60, "NewImage": new}
    return {"eventName": "MODIFY", "dynamodb": data | ({"OldImage": old} if old else {})}


def kept(hub):
    return {one["Id"]: one for page in hub.get_paginator("get_findings").paginate() for one in page["Findings"]}


@cache
def security_hub_model():
    return model("securityhub")


@cache
def shape_of(name):
    return ServiceModel(security_hub_model(), "securityhub").shape_for(name)


def problems(finding):
    """What is wrong with a finding, by the API model and the lengths in its texts."""
    api = security_hub_model()
    shape = shape_of("AwsSecurityFinding")
    report = ParamValidator().validate(finding, shape)
    found = [report.generate_report()] if report.has_errors() else []
    found += [f"{path} is blank" for path, value in texts(finding) if not re.search(r".*\S.*", value)]
    found += enum_problems(shape, finding)
    for name, members in [("AwsSecurityFinding", finding), ("Recommendation", finding.get("Remediation", {}).get("Recommendation", {})),
                          ("Resource", finding["Resources"][0])]:
        for member, value in members.items():
            length = LENGTH.search(api["shapes"][name]["members"].get(member, {}).get("documentation", ""))
            if length and isinstance(value, str) and len(value.encode("utf-16-le")) / 2 > int(length[1]):
                found.append(f"{member} is longer than {length[1]}: {value}")
    most, name, longest = PRODUCT_FIELDS
    fields = finding["ProductFields"]
    if len(fields) > most or any(len(key) > name or len(value) > longest or key.startswith("aws/") for key, value in fields.items()):
        found.append(f"ProductFields: {fields}")
    for member in ("CreatedAt", "UpdatedAt", "FirstObservedAt", "LastObservedAt"):
        datetime.fromisoformat(finding[member])
    if len(json.dumps(finding)) > 240_000:
        found.append("larger than 240 KB")
    return found


def texts(value, path=""):
    if isinstance(value, str):
        yield path, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield from texts(child, f"{path}/{name}")


def test_the_checks_find_what_is_wrong():
    finding = {"Title": "t" * 257, "Description": " ", "Nonsense": "x", "Resources": [{"Type": "Other", "Id": "x", "Partition": "aws-eusc"}],
               "ProductFields": {"aws/x": "y"}, **{name: "2026-11-22T10:00:00Z" for name in
                                                  ("CreatedAt", "UpdatedAt", "FirstObservedAt", "LastObservedAt")}}
    text = "\n".join(problems(finding))
    for part in ("SchemaVersion", "Nonsense", "Title is longer than 256", "/Description is blank", "aws-eusc", "ProductFields"):
        assert part in text, part


@pytest.mark.parametrize(("state", "status", "record_state"), STATES)
def test_findings_of_all_rules_follow_the_api_model(hub, invoke, findings, state, status, record_state):
    records = [record(number, item(one, state, STATES.index((state, status, record_state)) + 1)) for number, one in enumerate(findings)]
    assert invoke(records) == []
    imported = kept(hub)
    assert imported.keys() == {one["fingerprint"] for one in findings}
    for one in findings:
        finding = imported[one["fingerprint"]]
        assert problems(finding) == [], one["rule"]
        assert (finding["Compliance"]["Status"], finding["RecordState"]) == (status, record_state)
        assert finding["GeneratorId"] == one["rule"]
        assert finding["FindingProviderFields"]["Severity"]["Label"] == one["severity"].upper()
        known = {"AWS::KMS::Key": "AwsKmsKey", "AWS::Kinesis::Stream": "AwsKinesisStream", "AWS::MSK::Cluster": "AwsMskCluster",
                 "AWS::CloudTrail::Trail": "AwsCloudTrailTrail"}
        resource = finding["Resources"][0]
        assert resource["Type"] == known.get(one["resource"]["type"], "Other")
        assert resource["Type"] in shape_of("ResourceDetails").members


def test_a_finding_closes_and_stays_one_finding(hub, invoke, findings):
    before = len(kept(hub))
    finding = {**findings[0], "fingerprint": "f" * 32}
    opened, closed = item(finding), item(finding, "resolved", 2)
    assert invoke([record(1, opened)]) == []
    first = kept(hub)["f" * 32]
    assert (first["RecordState"], first["Compliance"]["Status"]) == ("ACTIVE", "FAILED")
    assert invoke([record(2, closed, opened)]) == []
    second = kept(hub)["f" * 32]
    assert (second["RecordState"], second["Compliance"]["Status"]) == ("ARCHIVED", "PASSED")
    assert len(kept(hub)) == before + 1
    assert datetime.fromisoformat(second["UpdatedAt"]) > datetime.fromisoformat(first["UpdatedAt"])
    assert second["CreatedAt"] == first["CreatedAt"]
    assert second["ProductArn"] == f"arn:aws:securityhub:{REGION}:{ACCOUNT}:product/{ACCOUNT}/default"
