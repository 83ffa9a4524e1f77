"""Terraform with the AWS provider, if both can be had: on a machine without a network, the provider lies in some folder."""

import os
import re
import shutil
import subprocess
from pathlib import Path

PROVIDER = "registry.terraform.io/hashicorp/aws"
# The time for one command on a busy machine. An `init` without a network gives up by itself.
LIMIT = 300


class Unavailable(Exception):
    """Terraform or the AWS provider is missing; the message says which, and what was tried."""


def environment(given):
    """An environment without settings of the person who runs the tests, because those could change what is applied."""
    kept = {name: value for name, value in given.items() if not name.startswith("TF_") and name != "AWS_PROFILE"}
    for name in ("TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR"):
        # Terraform fails if the file or folder does not exist
        if name in given and Path(given[name]).exists():
            kept[name] = given[name]
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return {**kept, **nothing, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}


def plugin_folders(given=os.environ, home=None):
    """The folders that hold the AWS provider, as `terraform init -plugin-dir` takes them.

    These are what the environment and the configuration of Terraform name, the implied local mirrors of
    <https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories>, and folders in
    /opt, where images of build machines put them.
    """
    home = Path(home or Path.home())
    named = [given.get("SEALWATCH_TERRAFORM_PLUGINS"), given.get("TF_PLUGIN_CACHE_DIR")]
    for file in (given.get("TF_CLI_CONFIG_FILE"), home / ".terraformrc"):
        if file and Path(file).is_file():
            named += re.findall(r'^\s*(?:path|plugin_cache_dir)\s*=\s*"([^"]+)"', Path(file).read_text(), re.MULTILINE)
    data = [given.get("XDG_DATA_HOME") or home / ".local/share"]
    data += (given.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    named += [home / ".terraform.d/plugins", *(Path(folder) / "terraform/plugins" for folder in data if folder)]
    named += ["/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins"]
    named += [base / "Library/Application Support/io.terraform/plugins" for base in (home, Path("/"))]
    opt = Path("/opt")
    named += [folder for pattern in ("*", "*/plugins", "*/*/plugins") for folder in sorted(opt.glob(pattern))]
    distinct = dict.fromkeys(Path(str(folder)).expanduser() for folder in named if folder)
    return [folder for folder in distinct if (folder / PROVIDER).is_dir()]


class Terraform:
    """A folder in which `terraform init` found the AWS provider."""

    def __init__(self, folder, given):
        self.program = shutil.which("terraform")
        if not self.program:
            raise Unavailable("there is no `terraform` on the PATH")
        self.folder, self.environment = folder, environment(given)
        # the last attempt fetches the provider from the registry
        for plugins in [*plugin_folders(), None]:
            done = self.command("init", *([f"-plugin-dir={plugins}"] if plugins else []))
            if done.returncode == 0:
                return
        reason = " ".join(re.sub(r"[^\w\s.,:/=?\"'()<>~-]", " ", done.stderr).split())
        raise Unavailable(f"no AWS provider: no folder has one that fits, and `terraform init` fetches none: {reason[:300]}")

    def command(self, *words):
        return subprocess.run(
            [self.program, words[0], *words[1:], *(["-no-color"] if words[0] != "show" else [])],
            cwd=self.folder, env=self.environment, text=True, capture_output=True, timeout=LIMIT,
        )

    def __call__(self, *words, allowed=(0,)):
        """Runs a command and returns its standard output."""
        done = self.command(*words)
        assert done.returncode in allowed, f"terraform {' '.join(words)}: exit status {done.returncode}\n{done.stderr}{done.stdout[-4000:]}"
        return done.stdout
