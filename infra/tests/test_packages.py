"""Packs the debug build of the command line with infra/package, installs it as a user would, and runs it. Offline."""

import json
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from templates import ROOT, run, sealwatch

VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
COMMANDS = ["replay", "scan", "policy", "rules", "explain", "doctor", "findings", "completions", "man"]


def pack(program, folder):
    return subprocess.run([sys.executable, ROOT / "infra/package", "--program", program, "--out", folder], capture_output=True, text=True)


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The debug build without its debug information, which takes longest to compress."""
    stripped = tmp_path_factory.mktemp("program") / "sealwatch"
    run("strip", "-o", str(stripped), sealwatch())
    return stripped


@pytest.fixture(scope="module")
def packages(program, tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages")
    done = pack(program, folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_pip_installs_the_wheel_and_the_command_runs(packages, tmp_path):
    (wheel,) = packages.glob("*.whl")
    assert wheel.name.startswith(f"sealwatch_cli-{VERSION}-py3-none-manylinux_2_")
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True)
    run(str(environment / "bin/pip"), "install", "--quiet", "--no-index", str(wheel))
    program = str(environment / "bin/sealwatch")
    assert run(program, "--version") == f"sealwatch {VERSION}\n"
    sample = ROOT / "events/kinesis-stream/stop-encryption.json"
    finding = json.loads(run(program, "replay", "--exit-zero", "--format", "json", str(sample), cwd=tmp_path))
    assert (finding["rule"], finding["outcome"]) == ("kinesis-stream-unencrypted", "violation")
    (metadata,) = environment.glob("lib/python*/site-packages/sealwatch_cli-*.dist-info/METADATA")
    assert "License-Expression: Apache-2.0\n" in metadata.read_text()
    # The RECORD of the wheel is complete.
    run(str(environment / "bin/pip"), "uninstall", "--quiet", "--yes", "sealwatch-cli")
    assert not Path(program).exists()


def test_the_archive_contains_completions_and_man_pages_of_every_command(packages):
    (path,) = packages.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        files = {member.name.split("/", 1)[1]: member for member in archive}
        read = lambda name: archive.extractfile(files[name]).read().decode()  # noqa: E731
        assert files["sealwatch"].mode == 0o755
        assert "Apache License" in read("LICENSE")
        for completion in ["sealwatch.bash", "_sealwatch", "sealwatch.fish"]:
            script = read(f"completions/{completion}")
            assert [command for command in COMMANDS if command not in script] == []
        for command in COMMANDS:
            page = read(f"man/man1/sealwatch-{command}.1")
            assert page.count(".SH") > 3 and "Examples" in page, command
        overview = read("man/man1/sealwatch.1")
        assert [command for command in COMMANDS if f"sealwatch\\-{command}(1)" not in overview] == []


def test_the_same_program_gives_the_same_bytes(program, packages, tmp_path):
    assert pack(program, tmp_path).returncode == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {path.name: path.read_bytes() for path in packages.iterdir()}


def test_a_wheel_asks_for_the_glibc_that_the_program_needs(packages):
    (wheel,) = packages.glob("*.whl")
    tag = wheel.stem.rsplit("-", 1)[1]
    with zipfile.ZipFile(wheel) as archive:
        assert f"Tag: py3-none-{tag}\n" in archive.read(f"sealwatch_cli-{VERSION}.dist-info/WHEEL").decode()
    needed = subprocess.run(["ldd", "--version"], capture_output=True, text=True).stdout.split("\n")[0].split(".")[-1]
    assert 17 <= int(tag.split("_")[2]) <= min(34, int(needed))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist: run `cargo build --locked --release -p sealwatch`"),
        (b"MZ not for Linux", "is not a Linux program for x86_64 or arm64"),
        (b"\x7fELF".ljust(18, b"\0") + b"\x3e\x00" + b"\0GLIBC_2.34\0GLIBC_2.41\0", "needs glibc 2.41, which Amazon Linux 2023 does not have"),
    ],
)
def test_what_cannot_be_packed_is_refused(content, message, tmp_path):
    program = tmp_path / "sealwatch"
    if content is not None:
        program.write_bytes(content)
    done = pack(program, tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name != "sealwatch"] == []
