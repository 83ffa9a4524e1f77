"""`sealwatch scan` of the synthetic account of the benchmark: it finds each seeded fault, and nothing else."""

import sys

from local_aws import LocalAws
from templates import REGION, ROOT, run, same, sealwatch

sys.path.append(str(ROOT / "benchmarks/scan"))
from account import Account, faults  # noqa: E402


def test_each_seeded_fault_is_found_and_nothing_else(tmp_path):
    aws = LocalAws(tmp_path, services="", recording=False)
    try:
        account = Account(aws, REGION)
        expected = account.seed()
        aws.proxy.calls.clear()
        options = ("--region", REGION, "--format", "json", "--exit-zero", "--no-progress")
        found = faults(run(sealwatch(), "scan", *options, env=account.environment(tmp_path), cwd=tmp_path))
    finally:
        aws.stop()
    same("the scan", found, expected)
    assert aws.proxy.calls.total() <= 650, aws.proxy.calls
