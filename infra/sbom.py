"""What is linked into the functions, as a CycloneDX document: https://cyclonedx.org/docs/1.6/json/.

`cargo tree` says which crates, their licences, and which needs which. It leaves out what only runs while the functions are
compiled: build scripts and procedural macros. Cargo.lock has the SHA-256 of what crates.io delivered.
"""

import re
import subprocess
import tomllib
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGETS = {"x86_64": "x86_64-unknown-linux-gnu", "arm64": "aarch64-unknown-linux-gnu"}
# depth, name, version, the folder if it is a crate of the workspace, licence, and a mark if its own dependencies are elsewhere
LINE = re.compile(r"(?P<depth>\d+)\t(?P<name>\S+) v(?P<version>\S+)(?: \([^)]*\))*\t(?P<licence>.*?)(?P<again> \(\*\))?")


class Missing(Exception):
    """The crates cannot be listed."""


def command(*words):
    try:
        done = subprocess.run(words, cwd=ROOT, text=True, capture_output=True)
    except OSError as problem:
        raise Missing(f"{words[0]} cannot be started: {problem}: install Rust, see CONTRIBUTING.md") from None
    if done.returncode:
        raise Missing(f"`{' '.join(words[:2])}` failed: {done.stderr.strip()[:400]}")
    return done.stdout


def tree(target, functions):
    packages = [word for name in functions for word in ("--package", f"sealwatch-{name}")]
    form = ["--edges", "normal,no-proc-macro", "--prefix", "depth", "--format", "\t{p}\t{l}"]
    return command("cargo", "tree", "--locked", "--target", target, *form, *packages)


def read(text):
    """The licence of each crate, and the crates that each needs. A crate is its name and version."""
    licences, needs, above = {}, {}, []
    for line in text.splitlines():
        if not line:
            continue
        found = LINE.fullmatch(line)
        if found is None:
            raise Missing(f"`cargo tree` printed a line that is not understood: {line[:200]}")
        crate = found["name"], found["version"]
        licences[crate] = found["licence"]
        needs.setdefault(crate, set())
        del above[int(found["depth"]) :]
        if above:
            needs[above[-1]].add(crate)
        above.append(crate)
    return licences, needs


def purl(crate):
    """https://github.com/package-url/purl-spec/blob/main/types-doc/cargo-definition.md"""
    name, version = crate
    return f"pkg:cargo/{name}@{version.replace('+', '%2B')}"


def component(crate, licence, checksums):
    name, version = crate
    made = {"type": "library", "bom-ref": purl(crate), "name": name, "version": version}
    if crate in checksums:
        made["hashes"] = [{"alg": "SHA-256", "content": checksums[crate]}]
    if licence:
        # Crates of long ago separate licences with a slash, which means OR: https://doc.rust-lang.org/cargo/reference/manifest.html
        made["licenses"] = [{"expression": re.sub(r"\s*/\s*", " OR ", licence)}]
    return {**made, "purl": purl(crate)}


def document(version, architecture, functions):
    """The document for the functions of one architecture. It depends only on the sources and the compiler."""
    licences, needs = read(tree(TARGETS[architecture], functions))
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    checksums = {(one["name"], one["version"]): one["checksum"] for one in lock if "checksum" in one}
    own = {crate for crate in licences if crate not in checksums}
    rust = command("rustc", "--version").split()[1]
    library = {"type": "library", "bom-ref": f"pkg:generic/rust@{rust}", "name": "rust", "version": rust}
    library |= {"description": "The standard library of Rust", "licenses": [{"expression": "MIT OR Apache-2.0"}]}
    library |= {"purl": library["bom-ref"]}
    root = {"type": "application", "bom-ref": f"sealwatch-{architecture}", "name": "sealwatch", "version": version}
    root |= {"licenses": [{"expression": "Apache-2.0"}]}
    roots = {purl((f"sealwatch-{name}", version)) for name in functions}
    depends = {purl(crate): {*map(purl, below), *([library["bom-ref"]] if crate in own else [])} for crate, below in needs.items()}
    depends |= {root["bom-ref"]: roots, library["bom-ref"]: set()}
    components = [component(crate, licences[crate], checksums) for crate in sorted(licences)]
    for one in components:
        if one["bom-ref"] in roots:
            one["type"] = "application"
    made = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": root, "properties": [{"name": "target", "value": TARGETS[architecture]}]},
        "components": [*components, library],
        "dependencies": [{"ref": ref, "dependsOn": sorted(below)} for ref, below in sorted(depends.items())],
    }
    # the same for the same content
    return {"serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, repr(made))}", **made}
