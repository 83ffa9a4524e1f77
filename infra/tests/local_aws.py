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
PATIENCE = 60  # seconds that a step may take on a busy machine


class LocalAws:
    """A separate MiniStack on a free port of this machine, with its state in `folder`. Without a recording, it is faster.

    `variables` are further settings of it.
    """

    def __init__(self, folder, services=SERVICES, recording=True, **variables):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.proxy = StandIn()
        self.proxy.behind = self.port
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "BIND_HOST": "127.0.0.1",  # the default is every address
            "IOT_MTLS_ENABLED": "0",
            "GATEWAY_PORT": str(self.port),
            "SERVICES": services,
            "LOG_SECONDS": "5",  # run_ministack.py says why
            "CLOUDTRAIL_RECORDING": "1" if recording else "",  # test_terraform.py evaluates the records
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.2",  # a minute in AWS
            # MiniStack passes these to the functions, whose AWS clients use them
            "AWS_ENDPOINT_URL": self.url,
            # what MiniStack lacks, and what test_drill.py makes fail
            **{f"AWS_ENDPOINT_URL_{service}": self.proxy.url for service in BEHIND_THE_STAND_IN},
            **variables,
        }
        self.log = Path(folder) / "ministack.log"
        with self.log.open("w") as log:
            command = [sys.executable, ROOT / "infra/tests/run_ministack.py"]
            self.process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        until(self.answers, "the start of the local AWS")

    def answers(self):
        assert self.process.poll() is None, f"the local AWS stopped:\n{self.tail()}"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

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
