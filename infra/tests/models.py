"""AWS's own data, as botocore ships it: the API models of services and the list of partitions and Regions.

The local AWS and SAM require an older botocore than the models that the project follows, so ./test installs the data of
`infra/models.txt` into a folder of its own. Nothing imports the code there.
"""

import gzip
import json
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


def held_equal(path, expected, variable, updating):
    """Fails if a generated file differs from what it should be; writes it if the environment asks for that."""
    if updating:
        path.write_text(expected)
    shown = path.relative_to(ROOT)
    assert path.exists() and path.read_text() == expected, f"{shown} is out of date: run the tests with {variable}=1, and read the difference"
