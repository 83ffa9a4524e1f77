"""infra/release: its files are reproducible, equal to SAM and CDK, say what they contain, and run on a local AWS."""

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
import uuid
import zipfile

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from conftest import ARCHITECTURE, BIN, BOOTSTRAPS
from local_aws import until
from stack import Stack, changed
from templates import BUILT, FUNCTIONS, REGION, ROOT, expanded, run, source

ACCOUNT = "777700001111"
PARTS = ("Parameters", "Rules", "Conditions", "Resources", "Outputs")
VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
MACHINES = {"x86_64": 0x3E, "arm64": 0xB7}


def release(*arguments):
    return subprocess.run([sys.executable, ROOT / "infra/release", *arguments], text=True, capture_output=True)


def placeholders(folder, **machines):
    """Placeholders for the built functions, which are only the header of an ELF file."""
    for name in BUILT:
        bootstrap = folder / f"sealwatch-{name}" / "bootstrap"
        bootstrap.parent.mkdir(parents=True)
        bootstrap.write_bytes(b"\x7fELF" + bytes(14) + machines.get(name, machines["others"]).to_bytes(2, "little"))
    return folder


def digests(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A release for both processors, of placeholders."""
    folder = tmp_path_factory.mktemp("both")
    built = [placeholders(folder / name, others=machine) for name, machine in MACHINES.items()]
    done = release(VERSION, *(f"--bootstraps={one}" for one in built), f"--out={folder / 'out'}")
    assert done.returncode == 0, done.stderr
    assert f"aws s3 sync {folder / 'out'} s3://BUCKET/sealwatch/{VERSION}/" in done.stdout
    return folder / "out"


def test_the_same_binaries_give_the_same_bytes(both, tmp_path):
    built = [placeholders(tmp_path / name, others=machine) for name, machine in MACHINES.items()]
    for bootstrap in tmp_path.rglob("bootstrap"):
        os.utime(bootstrap, (1, 1))
        bootstrap.chmod(0o600)
    # in another order, over what was there
    (tmp_path / "out").mkdir()
    (tmp_path / "out/left-over.zip").touch()
    done = release(VERSION, *(f"--bootstraps={one}" for one in reversed(built)), f"--out={tmp_path / 'out'}")
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path / "out") == digests(both)


def test_no_binary_names_the_folder_of_its_build():
    """Another folder would give other bytes. `./test --long` builds in one and compares everything."""
    binaries = sorted(BOOTSTRAPS.glob("*/bootstrap"))
    assert {path.parent.name for path in binaries} >= {f"sealwatch-{name}" for name in BUILT}
    checkout = next(folder.parent for folder in BOOTSTRAPS.resolve().parents if folder.name == "target")
    for path in binaries:
        named = re.findall(re.escape(f"{checkout}/").encode() + b"(?:functions|replay|shared|target)/", path.read_bytes())
        assert not named, f"{path} names {named[0]}"


def test_each_function_has_a_zip_for_each_processor_that_lambda_can_run(both):
    for architecture, machine in MACHINES.items():
        zips = {path.stem.removeprefix("sealwatch-"): path for path in (both / architecture).glob("*.zip")}
        assert zips.keys() == set(BUILT)
        for path in zips.values():
            with zipfile.ZipFile(path) as made:
                (entry,) = made.infolist()
                assert entry.filename == "bootstrap" and entry.external_attr >> 16 == 0o100755
                assert made.read(entry)[18] == machine


def test_the_sums_name_every_file(both):
    listed = dict(reversed(line.split("  ", 1)) for line in (both / "SHA256SUMS").read_text().splitlines())
    found = digests(both)
    del found["SHA256SUMS"]
    assert listed == found
    run("sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS", cwd=both)


def test_what_cannot_be_released_is_rejected_with_the_reason(tmp_path):
    mixed = placeholders(tmp_path / "mixed", others=0x3E, scan=0xB7)
    arm64 = placeholders(tmp_path / "arm64", others=0xB7)
    text = placeholders(tmp_path / "text", others=0)
    for arguments, reason in [
        (["9.9.9"], f"the version of the workspace is {VERSION}, not 9.9.9: change it in Cargo.toml"),
        ([VERSION, f"--bootstraps={tmp_path / 'nothing'}"], "does not exist: build the functions with `cargo lambda build --release`"),
        ([VERSION, f"--bootstraps={mixed}"], "binaries for several processors"),
        ([VERSION, f"--bootstraps={arm64}", f"--bootstraps={arm64}"], "two folders of --bootstraps contain binaries for arm64"),
        ([VERSION, f"--bootstraps={text}"], "is built for no processor that Lambda has"),
    ]:
        out = tmp_path / "out"
        done = release(*arguments, f"--out={out}")
        assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith("infra/release: ")
        assert reason in done.stderr and len(done.stderr.splitlines()) == 1
        assert not out.exists()


def without_code(template):
    """A template without what a release changes."""
    template = json.loads(json.dumps(template))
    for resource in template["Resources"].values():
        resource.pop("Metadata", None)
        for name in ("Architectures", "Code", "CodeUri"):
            resource["Properties"].pop(name, None)
    template.get("Globals", {}).get("Function", {}).pop("Architectures", None)
    return template


def test_the_plain_template_differs_from_sam_only_in_where_the_code_is(both):
    text = (both / "sealwatch.template.json").read_text()
    plain, sam = json.loads(text), expanded()
    assert "Transform" not in plain and "Serverless" not in text
    asks = {"CodeBucket", "CodePrefix", "Architecture"}
    assert plain["Parameters"].keys() - sam["Parameters"].keys() == asks
    architecture = plain["Parameters"]["Architecture"]
    assert (architecture["AllowedValues"], architecture["Default"]) == (["arm64", "x86_64"], "arm64")
    for name, resource in plain["Resources"].items():
        if resource["Type"] == "AWS::Lambda::Function":
            function = resource["Properties"]["FunctionName"]["Fn::Sub"].removeprefix("${Name}-")
            key = f"${{CodePrefix}}{VERSION}/${{Architecture}}/sealwatch-{function}.zip"
            assert resource["Properties"]["Code"] == {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Fn::Sub": key}}, name
            assert resource["Properties"]["Architectures"] == [{"Ref": "Architecture"}]
    for name in asks:
        del plain["Parameters"][name]
    plain, sam = without_code(plain), without_code(sam)
    for part in PARTS:
        assert plain[part] == sam[part], part


def test_a_template_has_to_come_from_s3_and_the_documentation_says_so(both):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
    size = (both / "sealwatch.template.json").stat().st_size
    assert 51_200 < size < 1_000_000
    text = (ROOT / "docs/release.md").read_text()
    assert "51,200 bytes" in text and "--template-url" in text and "--template-body" not in text


def test_the_sam_templates_take_the_zips_as_code(both, tmp_path):
    for architecture in MACHINES:
        made = both / f"sam-{architecture}.yaml"
        released, original = source(made, architecture), source("infra/sam/template.yaml", architecture)
        assert without_code(released) == without_code(original)
        functions = [one for one in released["Resources"].values() if one["Type"] == "AWS::Serverless::Function"]
        assert {one["Properties"]["CodeUri"] for one in functions} == {f"{architecture}/sealwatch-{name}.zip" for name in FUNCTIONS}
        assert released["Globals"]["Function"]["Architectures"] == [architecture]
        assert all("Metadata" not in one for one in functions), "`sam build` would compile"


def test_the_terraform_module_is_complete(both):
    module = ROOT / "infra/terraform"
    files = [path for path in module.rglob("*") if path.suffix in (".tf", ".json") and ".terraform" not in path.parts]
    assert len(files) > 10
    for path in files:
        assert (both / "terraform" / path.relative_to(module)).read_bytes() == path.read_bytes()


def test_the_bill_of_materials_is_valid_and_lists_what_is_linked(both):
    lock = {(one["name"], one["version"]): one for one in tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]}
    for architecture in MACHINES:
        text = (both / architecture / "sbom.cdx.json").read_text()
        problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
        assert problem is None, str(problem)[:2000]
        made = json.loads(text)
        by_ref = {one["bom-ref"]: one for one in made["components"]}
        below = {one["ref"]: one["dependsOn"] for one in made["dependencies"]}
        root = made["metadata"]["component"]
        assert (root["name"], root["version"]) == ("sealwatch", VERSION)
        assert below[root["bom-ref"]] == [f"pkg:cargo/sealwatch-{name}@{VERSION}" for name in sorted(BUILT)]
        assert len(by_ref) == len(made["components"]) and below.keys() == by_ref.keys() | {root["bom-ref"]}
        for ref, one in by_ref.items():
            assert one["purl"] == ref and one["licenses"][0]["expression"]
            locked = lock.get((one["name"], one["version"]), {})
            assert [made["content"] for made in one.get("hashes", [])] == [locked[key] for key in ("checksum",) if key in locked], ref
        crates = {one["name"] for one in made["components"]}
        assert crates >= {"rust", "rustls", "sealwatch-rules", "serde_json", "tokio"}
        # build scripts, procedural macros, and dependencies of tests are not in the functions; one of them is also the command line
        assert not crates & {"cc", "insta", "proptest", "proc-macro2", "serde_derive", "syn"} and "clap" in crates
        # a function links only its own clients of AWS, so everything that is listed is needed by some function
        reached, next_ones = set(), {root["bom-ref"]}
        while next_ones:
            reached |= next_ones
            next_ones = {ref for one in next_ones for ref in below[one]} - reached
        assert reached == below.keys()


def test_cdk_takes_the_zips_as_code_and_rejects_those_for_another_processor(both, tmp_path):
    def synthesize(architecture, **context):
        given = {"architecture": architecture, "bootstraps": str(both / "x86_64"), **context}
        environment = {**os.environ, "CDK_OUTDIR": str(tmp_path / "out"), "CDK_CONTEXT_JSON": json.dumps(given)}
        return subprocess.run(["node", "build/bin/sealwatch.js"], cwd=ROOT / "infra/cdk", env=environment, text=True, capture_output=True)

    done = synthesize("x86_64", securityHub="true")
    assert done.returncode == 0, done.stderr
    assets = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "out").glob("asset.*.zip")}
    released = {digest for name, digest in digests(both / "x86_64").items() if name.endswith(".zip")}
    assert assets == released
    rejected = synthesize("arm64")
    assert ".zip is built for x86_64, but the option architecture is arm64: name the folder of the release" in rejected.stderr


@pytest.fixture(scope="module")
def deployed(aws, released):
    """The files of the release, uploaded and deployed as docs/release.md says."""
    account = aws.account(ACCOUNT)
    bucket, prefix = f"artifacts-{ACCOUNT}", f"sealwatch/{VERSION}"
    run("aws", "s3", "mb", f"s3://{bucket}", env=account.environment)
    run("aws", "s3", "sync", "--only-show-errors", released, f"s3://{bucket}/{prefix}/", env=account.environment)
    template = f"{aws.url}/{bucket}/{prefix}/sealwatch.template.json"
    parameters = {"CodeBucket": bucket, "Architecture": ARCHITECTURE, "Ledger": "false"}
    given = [f"ParameterKey={name},ParameterValue={value}" for name, value in parameters.items()]
    create = ["aws", "cloudformation", "create-stack", "--stack-name", "any-name", "--capabilities", "CAPABILITY_IAM"]
    run(*create, "--template-url", template, "--parameters", *given, env=account.environment)
    stack = Stack(account)
    formation = account.client("cloudformation")
    describe = lambda: formation.describe_stacks(StackName="any-name")["Stacks"][0]
    until(lambda: not describe()["StackStatus"].endswith("IN_PROGRESS"), "the stack")
    made = describe()
    assert made["StackStatus"] == "CREATE_COMPLETE", made.get("StackStatusReason")
    stack.outputs = {one["OutputKey"]: one["OutputValue"] for one in made["Outputs"]}
    stack.seed()
    stack.subscribe()
    stack.match_test_sources()
    return stack


def test_released_files_are_deployed_and_an_event_becomes_one_message(deployed, released):
    event = changed(deployed.sample("kinesis-stream/stop-encryption.json"), str(uuid.uuid4()))
    deployed.put(event)
    (message,) = deployed.findings(event["detail"]["eventID"])[event["detail"]["eventID"]]
    assert [one["rule"] for one in message["findings"]] == ["kinesis-stream-unencrypted"]
    assert deployed.outputs["Version"] == VERSION
    assert len(deployed.received("subscriber-findings")) == 0
    # Lambda runs exactly what was released
    zips = digests(released / ARCHITECTURE)
    for name in FUNCTIONS:
        if name == "security-hub":
            continue  # only with a ledger
        function = deployed.lambda_.get_function(FunctionName=f"sealwatch-{name}")["Configuration"]
        digest = hashlib.sha256((released / ARCHITECTURE / f"sealwatch-{name}.zip").read_bytes()).digest()
        assert function["CodeSize"] == (released / ARCHITECTURE / f"sealwatch-{name}.zip").stat().st_size
        assert function["Description"] == f"Sealwatch {VERSION}" and zips[f"sealwatch-{name}.zip"] == digest.hex()


def test_sam_uploads_the_released_zips_unchanged(deployed, released, tmp_path):
    environment = {**deployed.account.environment, "SAM_CLI_TELEMETRY": "0"}
    package = [str(BIN / "sam"), "package", "--template-file", str(released / f"sam-{ARCHITECTURE}.yaml"), "--region", REGION]
    run(*package, "--s3-bucket", f"artifacts-{ACCOUNT}", "--s3-prefix", "sam", "--output-template-file", str(tmp_path / "packaged.yaml"), env=environment)
    s3 = deployed.account.client("s3")
    uploaded = [one["Key"] for one in s3.list_objects_v2(Bucket=f"artifacts-{ACCOUNT}", Prefix="sam/")["Contents"]]
    contents = {hashlib.sha256(s3.get_object(Bucket=f"artifacts-{ACCOUNT}", Key=key)["Body"].read()).hexdigest() for key in uploaded}
    zips = {name: digest for name, digest in digests(released / ARCHITECTURE).items() if name.endswith(".zip")}
    assert contents == {digest for name, digest in zips.items() if name != "sealwatch-backfill.zip"}
    assert len(re.findall(r"CodeUri: s3://", (tmp_path / "packaged.yaml").read_text())) == len(FUNCTIONS)
