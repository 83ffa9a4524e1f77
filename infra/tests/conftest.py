"""Sealwatch deployed by SAM and by CDK to a local AWS, once for all tests."""

import os
import platform
import shlex
import sys
from pathlib import Path

import pytest

from local_aws import LocalAws
from stack import Stack
from templates import ROOT, run

ARCHITECTURE = "arm64" if platform.machine() == "aarch64" else "x86_64"
BIN = Path(sys.executable).parent
# What ./test has built: by `sam build`, whose bootstraps CDK takes, too.
BUILT = Path(os.environ.get("SEALWATCH_SAM", ROOT / "target/sam/template.yaml"))
BOOTSTRAPS = Path(os.environ.get("SEALWATCH_BOOTSTRAPS", ROOT / "target/lambda"))
# One account for each way: the accounts of the local AWS share nothing.
ACCOUNTS = {"sam": "111122223333", "cdk": "222233334444"}


@pytest.fixture(scope="session")
def aws(tmp_path_factory):
    local = LocalAws(tmp_path_factory.mktemp("aws"))
    yield local
    local.stop()


def newcomers_commands():
    """The commands of README.md that lead from a clone to the first alert."""
    block = (ROOT / "README.md").read_text().split("## Deployed", 1)[1].split("```sh\n", 1)[1].split("```", 1)[0]
    return block.strip().splitlines()


def deploy_sam(account, folder):
    """The newcomer's `sam deploy`, of what `sam build` made of the real template (see ./test)."""
    assert BUILT.exists(), "run ./test, or `sam build` as it does"
    (command,) = [shlex.split(line) for line in newcomers_commands() if line.startswith("sam deploy ")]
    assert "--parameter-overrides" in command[-2:], "the parameters come last"
    # built here and not in the clone, and for the processor of this machine
    command += [f"Architecture={ARCHITECTURE}", "--template-file", str(BUILT), "--no-confirm-changeset", "--no-progressbar"]
    run(str(BIN / "sam"), *command[1:], cwd=folder, env=account.environment)


def deploy_cdk(account, folder):
    """`cdk bootstrap` and `cdk deploy` of the same built functions."""
    cdk = ["npx", "--no-install", "cdk"]
    given = [f"architecture={ARCHITECTURE}", "alertEmail=oncall@example.com", f"bootstraps={BOOTSTRAPS}"]
    options = [word for one in given for word in ("-c", one)]
    environment = {**account.environment, "CDK_DEFAULT_ACCOUNT": account.id, "CI": "true"}
    place = f"aws://{account.id}/{account.environment['AWS_REGION']}"
    run(*cdk, "bootstrap", place, *options, cwd=ROOT / "infra/cdk", env=environment)
    command = [*cdk, "deploy", "--require-approval", "never", "--output", str(folder / "cdk.out"), *options]
    run(*command, cwd=ROOT / "infra/cdk", env=environment)


@pytest.fixture(scope="session", params=["sam", "cdk"])
def stack(request, aws, tmp_path_factory):
    """A deployed stack with subscribers, whose rules hear test.* instead of aws.*: only AWS may send that."""
    account = aws.account(ACCOUNTS[request.param])
    deploy = {"sam": deploy_sam, "cdk": deploy_cdk}[request.param]
    deploy(account, tmp_path_factory.mktemp("deploy"))
    deployed = Stack(account)
    deployed.seed()
    deployed.subscribe()
    deployed.hear_tests()
    return deployed
