"""The local AWS of these tests: MiniStack, which runs the deployed functions as processes, and a stand-in for what it lacks."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
from botocore.config import Config

from msk_stand_in import StandIn
from templates import REGION, ROOT

SERVICES = "sts,iam,kms,sns,sqs,lambda,events,s3,cloudformation,scheduler,kinesis,firehose,ssm,logs,cloudwatch,cloudtrail,ecr,kafka,dynamodb,dynamodbstreams,stepfunctions"
BEHIND_THE_STAND_IN = ("CLOUDTRAIL", "KAFKA", "KAFKACONNECT", "KINESIS", "KMS", "SCHEDULER", "SNS")
# MiniStack, without its habit of closing a connection after 5 idle seconds: a client that just then sends a call sends it
# again, and for Terraform a second CreateKey or ReplicateKey fails or creates another key.
#
# Also, alarms on several metrics or on a query, which MiniStack rejects, become alarms on a metric that nothing writes: they
# exist and stay as they are.
#
# Also, with more patience for the log of a function: MiniStack reads it for 50 ms after the answer. On a busy machine, a line can
# come later. It is then read only at the next invocation of that process, which may never come.
LAUNCH = """
from hypercorn.config import Config
Config.keep_alive_timeout = 3600
from ministack.app import main
from ministack.core.lambda_runtime import Worker
from ministack.services.cloudformation import provisioners

alarm = provisioners._cw_metric_alarm_record

def with_several_metrics(name, props):
    if "Metrics" in props:
        props = {**props, "Metrics": [], "Namespace": "several metrics", "MetricName": name}
    return alarm(name, props)

provisioners._cw_metric_alarm_record = with_several_metrics
Worker._drain_stderr_bounded.__defaults__ = (5.0, 0.1, 10.0)  # seconds: for the first line, after each line, in all
main()
"""
PATIENCE = 60  # seconds that a step may take on a busy machine


class LocalAws:
    """A separate MiniStack on a free port of this machine, with its state in `folder`. Without a recording, it is faster."""

    def __init__(self, folder, services=SERVICES, recording=True):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.proxy = StandIn()
        self.proxy.behind = port
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "BIND_HOST": "127.0.0.1",  # the default is every address
            "IOT_MTLS_ENABLED": "0",
            "GATEWAY_PORT": str(port),
            "SERVICES": services,
            "CLOUDTRAIL_RECORDING": "1" if recording else "",  # test_terraform.py evaluates the records
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.2",  # a minute in AWS
            # MiniStack passes these to the functions, whose AWS clients use them
            "AWS_ENDPOINT_URL": self.url,
            # what MiniStack lacks, and what test_drill.py makes fail
            **{f"AWS_ENDPOINT_URL_{service}": self.proxy.url for service in BEHIND_THE_STAND_IN},
        }
        self.log = Path(folder) / "ministack.log"
        with self.log.open("w") as log:
            command = [sys.executable, "-c", LAUNCH]
            self.process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        until(self.answers, "the start of the local AWS")

    def answers(self):
        assert self.process.poll() is None, f"the local AWS stopped:\n{self.tail()}"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(self.url.rsplit(":", 1)[1]))) == 0

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.proxy.shutdown()

    def tail(self):
        """The end of its log."""
        return self.log.read_text()[-4000:]

    def account(self, account):
        self.proxy.hold_samples(account)
        return Account(self, account)


class Account:
    """One account of the local AWS: its id is its access key."""

    def __init__(self, aws, account):
        self.aws, self.id = aws, account
        self.environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": aws.url,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAM_CLI_TELEMETRY": "0",
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "PATH": f"{self.shim(aws)}:{os.environ['PATH']}",
        }

    @staticmethod
    def shim(aws):
        """A folder with an `aws` that calls the local AWS: for SQS, the AWS CLI ignores AWS_ENDPOINT_URL."""
        folder = aws.log.parent / "bin"
        folder.mkdir(exist_ok=True)
        program = folder / "aws"
        program.write_text(f'#!/bin/sh\nexec "{Path(sys.executable).parent / "aws"}" --endpoint-url "{aws.url}" "$@"\n')
        program.chmod(0o755)
        return folder

    def client(self, service, region=REGION):
        return boto3.client(
            service,
            endpoint_url=self.aws.url,
            region_name=region,
            aws_access_key_id=self.id,
            aws_secret_access_key="local",
            config=Config(connect_timeout=5, read_timeout=PATIENCE, retries={"max_attempts": 1}),
        )


def until(condition, awaited, patience=PATIENCE):
    """Calls `condition` until its result is true, and returns the result."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"still waiting for {awaited} after {patience} s")
