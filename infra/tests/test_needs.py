"""What README.md asks for is enough: every package that the tests install runs on the oldest Python and the oldest Node."""

import json
import re
from importlib.metadata import distributions

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from templates import ROOT

PYTHON, NODE = re.search(r"needs Python (\d+\.\d+) and Node (\d+) or newer", (ROOT / "README.md").read_text()).groups()


def test_python_packages_run_on_the_first_patch_release():
    lines = (ROOT / "infra/requirements.txt").read_text().splitlines()
    pinned = {canonicalize_name(Requirement(line).name) for line in lines if line and not line.startswith("#")}
    needs = {canonicalize_name(one.name): one.metadata["Requires-Python"] or "" for one in distributions()}
    assert pinned <= needs.keys()
    assert {name: needs[name] for name in pinned if f"{PYTHON}.0" not in SpecifierSet(needs[name])} == {}


def test_node_packages_run_on_the_first_release():
    packages = json.loads((ROOT / "infra/cdk/package-lock.json").read_text())["packages"]
    needs = {name: one["engines"]["node"] for name, one in packages.items() if "node" in one.get("engines", {})}

    def allows(alternative):
        found = re.fullmatch(r"(>=)? ?(\d+(?:\.\d+)*)|\*", alternative.strip())
        if not found or found[0] == "*":
            return found
        version = [int(number) for number in found[2].split(".")]
        return version <= [int(NODE), 0, 0] if found[1] else version == [int(NODE)]

    assert needs and {name: need for name, need in needs.items() if not any(map(allows, need.split("||")))} == {}
