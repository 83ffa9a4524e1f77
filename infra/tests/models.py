"""AWS's own data, as botocore ships it: the API models of services and the list of partitions and Regions.

The local AWS and SAM require an older botocore than the models that the project follows, so ./test installs the data of
`infra/models.txt` into a folder of its own. Nothing imports the code there.
"""

import difflib
import gzip
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(sys.prefix) / "models/botocore/data"


def version():
    """The version that `infra/models.txt` pins."""
    (pin,) = [line for line in (ROOT / "infra/models.txt").read_text().splitlines() if line.startswith("botocore==")]
    return pin.removeprefix("botocore==")


def check_installed():
    """Fails if ./test has not installed the pinned data."""
    installed = DATA.parents[1] / f"botocore-{version()}.dist-info"
    assert installed.exists(), f"{installed} does not exist: run ./test, which installs infra/models.txt"


def model(service):
    """The newest API model of a service."""
    check_installed()
    newest = max((DATA / service).iterdir())
    return json.loads(gzip.decompress((newest / "service-2.json.gz").read_bytes()))


def partitions():
    """The partitions, each with its Regions."""
    check_installed()
    return json.loads((DATA / "partitions.json").read_text())["partitions"]


def held_equal(path, expected, variable):
    """Fails if a generated file differs from what it should be, and names the lines. Writes it if the variable is set."""
    if variable in os.environ:
        path.write_text(expected)
    old = path.read_text() if path.exists() else ""
    lines = difflib.unified_diff(old.splitlines(), expected.splitlines(), "it has", "it should have", n=0, lineterm="")
    shown = "\n".join(line[:300] for line in list(lines)[:40])
    assert old == expected, f"{path.relative_to(ROOT)} is out of date: set {variable}=1 to rewrite it\n{shown}"
