"""The table of partitions and Regions in the rules is AWS's own list. UPDATE_PARTITIONS=1 rewrites it."""

import json
import re

from models import ROOT, held_equal, partitions
from templates import expansion

TABLE = ROOT / "shared/rules/src/aws/partition_table.rs"
HEAD = """\
//! The partitions of AWS and their Regions.
//!
//! Written by `infra/tests/test_partitions.py` from the list that AWS ships with its SDKs (`partitions.json` of botocore);
//! `UPDATE_PARTITIONS=1` rewrites it.

/// One partition.
#[derive(Debug, Clone, Copy)]
pub struct Partition {
    /// Its name in ARNs.
    pub name: &'static str,
    /// How its Regions begin; empty for `aws`, whose Regions begin in many ways.
    pub region_prefix: &'static str,
    /// The end of its host names.
    pub dns_suffix: &'static str,
    /// The end of its host names with IPv6.
    pub dual_stack_dns_suffix: &'static str,
}

/// All partitions, by name.
#[rustfmt::skip]
"""


def region_prefix(partition):
    """What a regular expression such as `^us\\-gov\\-\\w+\\-\\d+$` demands at the beginning, up to its first choice."""
    start = re.match(r"\^((?:[a-z]|\\-)*)", partition["regionRegex"])[1].replace("\\-", "-")
    assert start.endswith("-") == (partition["id"] != "aws"), f"unexpected form: {partition['regionRegex']}"
    return start


def regions(partition):
    """Its Regions, without the names of its global endpoints."""
    return [name for name in sorted(partition["regions"]) if re.fullmatch(partition["regionRegex"], name)]


def table():
    every = sorted(partitions(), key=lambda one: one["id"])
    lines = [f"pub const PARTITIONS: [Partition; {len(every)}] = ["]
    for one in every:
        members = {
            "name": one["id"],
            "region_prefix": region_prefix(one),
            "dns_suffix": one["outputs"]["dnsSuffix"],
            "dual_stack_dns_suffix": one["outputs"]["dualStackDnsSuffix"],
        }
        lines.append("    Partition { " + ", ".join(f"{name}: {json.dumps(value)}" for name, value in members.items()) + " },")
    lines += ["];", "", "/// The Regions of each partition, for tests: a Region may be newer than the list.", "#[cfg(test)]", "#[rustfmt::skip]"]
    lines.append(f"pub(super) const REGIONS: [(&str, &[&str]); {len(every)}] = [")
    lines += [f"    ({json.dumps(one['id'])}, &{json.dumps(regions(one))})," for one in every]
    return HEAD + "\n".join(lines) + "\n];\n"


def test_the_table_is_awss_list():
    held_equal(TABLE, table(), "UPDATE_PARTITIONS")


def test_no_prefix_begins_the_regions_of_another_partition():
    every = partitions()
    for one in every:
        prefix = region_prefix(one)
        others = [name for other in every if other is not one for name in regions(other)]
        assert not prefix or not [name for name in others if name.startswith(prefix)]


def test_templates_work_in_every_partition():
    """They write no partition. Services are named `….amazonaws.com` everywhere, where the name contains no Region."""
    for text in (expansion(), (ROOT / "infra/organization/member.yaml").read_text()):
        assert "arn:aws" not in text
        for service in re.findall(r"\b((?:[a-z0-9${}:.-]|AWS::)+)\.amazonaws\.com", text):
            assert "Region" not in service, service
