"""Checks the release workflow, the action and the hook: lints, pins, and their command lines with the real program. Offline."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from templates import ROOT, run, sealwatch

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


def key_policy(**principal):
    statement = {"Sid": "All", "Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": "*"} if not principal else principal}
    return {"Version": "2012-10-17", "Statement": [statement]}


OPEN = key_policy()
OWNED = key_policy(AWS="arn:aws:iam::111122223333:root")
PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.9.0",
    "planned_values": {
        "root_module": {
            "resources": [
                {
                    "address": "aws_kms_key.data",
                    "mode": "managed",
                    "type": "aws_kms_key",
                    "name": "data",
                    "values": {"policy": json.dumps(OPEN)},
                }
            ]
        }
    },
}


def tool(name):
    """A tool that infra/requirements.txt installs beside this Python."""
    path = Path(sys.executable).with_name(name)
    assert path.exists(), f"{path} does not exist: run ./test, which installs infra/requirements.txt"
    return str(path)


def test_actionlint_finds_nothing():
    # Without shellcheck, so that the result is the same everywhere.
    run(tool("actionlint"), "-shellcheck=", "-pyflakes=", *map(str, WORKFLOWS), cwd=ROOT)


def test_zizmor_finds_nothing():
    run(tool("zizmor"), "--offline", "--persona=pedantic", "--no-progress", "--quiet", *map(str, WORKFLOWS), "action.yml", cwd=ROOT)


@pytest.mark.parametrize("path", [*WORKFLOWS, ROOT / "action.yml"], ids=lambda path: path.name)
def test_every_action_is_pinned_by_hash_and_says_which_version_that_is(path):
    used = re.findall(r"uses: *(.*)", path.read_text())
    assert used
    assert [line for line in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


def test_the_release_workflow_gives_no_permission_that_a_job_does_not_need():
    (workflow,) = [yaml.safe_load(path.read_text()) for path in WORKFLOWS]
    assert workflow["permissions"] == {}
    jobs = {name: job["permissions"] for name, job in workflow["jobs"].items()}
    may_write = {name for name, permissions in jobs.items() if "write" in permissions.values()}
    assert may_write == {"release", "pypi"}
    for name in may_write:
        steps = workflow["jobs"][name]["steps"]
        assert [step for step in steps if "checkout" in step.get("uses", "") or "pip " in step.get("run", "")] == [], "runs foreign code"
    for name in set(jobs) - may_write:
        assert jobs[name] == {"contents": "read"}


def test_a_release_is_built_with_the_versions_that_are_tested_by_hash():
    (text,) = [path.read_text() for path in WORKFLOWS]
    assert "--require-hashes --requirement infra/build-requirements.txt" in text
    tested = (ROOT / "infra/requirements.txt").read_text().splitlines()
    built = re.findall(r"(?m)^([\w-]+==\S+) \\\n((?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", (ROOT / "infra/build-requirements.txt").read_text())
    assert [package for package, _ in built if package not in tested] == []
    assert [hashes.count("--hash=") for _, hashes in built] == [2, 2]
    assert os.access(ROOT / "infra/package", os.X_OK)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/open-key-policy.json").write_text(json.dumps(OPEN))
    (tmp_path / "keys/owned-key-policy.json").write_text(json.dumps(OWNED))
    (tmp_path / "tfplan.json").write_text(json.dumps(PLAN))
    (tmp_path / "package.json").write_text("{}")
    return tmp_path


def as_pre_commit(folder, *arguments):
    """Runs the hook as pre-commit does: entry, args, then the files of the repository that match."""
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.json"))
    files = [name for name in files if re.search(HOOK["files"], name)]
    program, *entry = shlex.split(HOOK["entry"])
    assert program == "sealwatch"
    command = [sealwatch(), *entry, *HOOK.get("args", []), *arguments, *files]
    return files, subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_the_hook_stops_a_commit_with_an_open_key_policy(folder):
    files, done = as_pre_commit(folder, "--account=111122223333")
    assert files == ["keys/open-key-policy.json", "keys/owned-key-policy.json", "tfplan.json"]
    assert done.returncode == 1, done.stderr
    assert done.stdout.count("kms-key-policy-public") >= 2


def test_the_hook_accepts_a_commit_without_violations(folder):
    (folder / "keys/open-key-policy.json").unlink()
    (folder / "tfplan.json").unlink()
    files, done = as_pre_commit(folder, "--account=111122223333")
    assert (files, done.returncode) == (["keys/owned-key-policy.json"], 0), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "matches"),
    [
        ("kms/key-policy.json", True),
        ("data_key_policies.json", True),
        ("key-policies/orders.json", True),
        ("build/tfplan.json", True),
        ("prod.tfplan.json", True),
        ("bucket-policy.json", False),
        ("key-policy.tf", False),
        ("package.json", False),
    ],
)
def test_the_hook_takes_files_that_contain_key_policies(name, matches):
    assert bool(re.search(HOOK["files"], name) and name.endswith(".json")) is matches


def evaluate(folder, **inputs):
    """Runs the step of the action that evaluates, as a runner does, and returns its run and its outputs."""
    (step,) = [step for step in ACTION["runs"]["steps"] if step.get("id") == "evaluate"]
    values = {name: given.get("default", "") for name, given in ACTION["inputs"].items()} | inputs
    environment = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: values[found[1]], value) for name, value in step["env"].items()
    }
    temporary = folder / ".runner"
    (temporary / "sealwatch/bin").mkdir(parents=True)
    shutil.copy(sealwatch(), temporary / "sealwatch/bin/sealwatch")
    environment |= {"RUNNER_TEMP": str(temporary), "GITHUB_OUTPUT": str(temporary / "output"), "PATH": os.environ["PATH"]}
    # https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    output = temporary / "output"
    outputs = dict(line.split("=", 1) for line in output.read_text().splitlines()) if output.exists() else {}
    return done, outputs


def test_the_action_fails_on_violations_and_leaves_a_sarif_file(folder):
    done, outputs = evaluate(folder, files="keys/*.json\n**/tfplan.json\n", account="111122223333")
    assert done.returncode == 1, done.stderr
    assert "kms-key-policy-public" in done.stdout
    sarif = json.loads(Path(outputs["sarif"]).read_text())
    found = {(result["ruleId"], result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) for result in sarif["runs"][0]["results"]}
    assert {("kms-key-policy-public", "keys/open-key-policy.json"), ("kms-key-policy-public", "tfplan.json")} <= found


def test_the_action_succeeds_without_violations(folder):
    done, outputs = evaluate(folder, files="keys/owned-key-policy.json", account="111122223333")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sarif" in outputs


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ("keys/*.yaml", "::error::sealwatch: no file matches `files`: keys/*.yaml"),
        ("package.json", "package.json"),
        # text from outside is never a command or an option
        ("$(touch injected)", "$(touch injected): No such file"),
    ],
)
def test_the_action_says_what_it_cannot_evaluate(files, message, folder):
    done, outputs = evaluate(folder, files=files, account="111122223333")
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stdout + done.stderr
    assert outputs == {} and not (folder / "injected").exists()


def test_the_version_of_the_action_is_the_version_of_the_workspace():
    assert f'version = "{ACTION["inputs"]["version"]["default"]}"' in (ROOT / "Cargo.toml").read_text()
