"""Deploys Sealwatch with SAM and with CDK to a local AWS, once for all tests."""

import fcntl
import functools
import os
import platform
import shlex
import sys
import tomllib
from pathlib import Path

import pytest

from local_aws import LocalAws
from stack import Stack
from templates import ROOT, run

ARCHITECTURE = "arm64" if platform.machine() == "aarch64" else "x86_64"
BIN = Path(sys.executable).parent
# The output of `sam build` in ./test. CDK uses the same bootstraps.
BUILT = Path(os.environ.get("SEALWATCH_SAM", ROOT / "target/deployed/sam/template.yaml"))
BOOTSTRAPS = Path(os.environ.get("SEALWATCH_BOOTSTRAPS", ROOT / "target/deployed/lambda"))
# An account for each of the two: accounts of the local AWS share nothing.
ACCOUNTS = {"sam": "111122223333", "cdk": "222233334444"}
WITH_LEDGER = {"sam": "555566667777", "cdk": "666677778888"}


# Files that use templates(name) of test_templates.py.
OF_CHOICES = {"test_permissions.py", "test_templates.py"}
# The groups that take longest. The other process works through the rest meanwhile.
FIRST = ["test_terraform_module.py", "cdk", "sam", "choices", "test_terraform.py", "test_lint.py"]


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items):
    """Keeps in one process of `pytest --dist loadgroup` what shares a deployed stack or templates, which take long to make."""

    def group(item):
        options = item.callspec.params if hasattr(item, "callspec") else {}
        file = item.path.name
        return options.get("stack") or options.get("remembering") or ("choices" if file in OF_CHOICES else file)

    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
    items.sort(key=lambda item: FIRST.index(group(item)) if group(item) in FIRST else len(FIRST))


@pytest.fixture(scope="session")
def aws(tmp_path_factory):
    local = LocalAws(tmp_path_factory.mktemp("aws"))
    yield local
    local.stop()


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """The files of a release, made from the functions that ./test has built: once for all processes of pytest-xdist."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    out = folder / "release"
    with (folder / "release.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not out.exists():
            version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
            run(sys.executable, ROOT / "infra/release", version, f"--bootstraps={BOOTSTRAPS}", f"--out={folder / 'unfinished'}")
            (folder / "unfinished").rename(out)
    return out


def newcomers_commands():
    """The commands in README.md that lead from a clone to the first alert."""
    block = (ROOT / "README.md").read_text().split("## Deployed", 1)[1].split("```sh\n", 1)[1].split("```", 1)[0]
    return block.strip().splitlines()


def deploy_sam(account, folder, ledger):
    """Runs the `sam deploy` of README.md on the output of `sam build` in ./test, with or without a ledger."""
    assert BUILT.exists(), f"{BUILT} does not exist: run ./test"
    (command,) = [shlex.split(line) for line in newcomers_commands() if line.startswith("sam deploy ")]
    assert "--parameter-overrides" in command[-2:], "the parameters must come last"
    # the template that ./test has built, for the processor of this machine
    command += [f"Ledger={ledger}", "--template-file", str(BUILT), "--no-confirm-changeset", "--no-progressbar"]
    run(str(BIN / "sam"), *command[1:], cwd=folder, env=account.environment)


def deploy_cdk(account, folder, ledger):
    """Runs `cdk bootstrap` and `cdk deploy` with the same built functions."""
    cdk = ["npx", "--no-install", "cdk"]
    given = [f"architecture={ARCHITECTURE}", "alertEmail=oncall@example.com", f"bootstraps={BOOTSTRAPS}", f"ledger={ledger}"]
    options = [word for one in given for word in ("-c", one)]
    environment = {**account.environment, "CDK_DEFAULT_ACCOUNT": account.id, "CI": "true"}
    place = f"aws://{account.id}/{account.environment['AWS_REGION']}"
    run(*cdk, "bootstrap", place, *options, cwd=ROOT / "infra/cdk", env=environment)
    command = [*cdk, "deploy", "--require-approval", "never", "--output", str(folder / "cdk.out"), *options]
    run(*command, cwd=ROOT / "infra/cdk", env=environment)


@pytest.fixture(scope="session")
def deployed(aws, tmp_path_factory):
    """Deploys stacks. pytest sets a fixture with parameters up again for each file that uses it, but a stack is deployed once."""

    @functools.cache
    def stack(way, ledger):
        account = (WITH_LEDGER if ledger else ACCOUNTS)[way]
        return deploy(way, aws.account(account), tmp_path_factory.mktemp("deploy"), str(ledger).lower())

    return stack


def deploy(way, account, folder, ledger):
    """A stack with subscribers that SAM or CDK deploys. Its rules match test.* instead of aws.*, which only AWS may send."""
    {"sam": deploy_sam, "cdk": deploy_cdk}[way](account, folder, ledger)
    stack = Stack(account)
    stack.seed()
    stack.subscribe()
    stack.match_test_sources()
    return stack


@pytest.fixture(scope="session", params=["sam", "cdk"])
def stack(request, deployed):
    """A deployed stack without a ledger: each event is reported as if nothing had happened before."""
    return deployed(request.param, ledger=False)


@pytest.fixture(scope="session", params=["sam", "cdk"])
def remembering(request, deployed):
    """A deployed stack with a ledger."""
    return deployed(request.param, ledger=True)
