"""What the documents say is what the code has: tables, exit codes, versions, links."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fault_matrix.document import read
from fault_matrix.matrix import MOST_MEGABYTES, MOST_REQUESTS_MORE
from shell import ROOT
from slow.docs.procedures import DOCUMENTS
from tap_intercom import errors
from tap_intercom.exit_codes import MEANINGS, RESUMES
from tap_intercom.observability.run_report import (
    OddField,
    Remark,
    RunReport,
    SlowRequest,
    StreamReport,
    WaitReport,
    WindowReport,
)

if TYPE_CHECKING:
    from slow.docs.conftest import Document

MADE_BY_MAKE = {"dist/sbom.cdx.json", "site/index.html"}


def test_the_tables_of_streams_and_settings_are_those_of_the_code() -> None:
    subprocess.run([sys.executable, ROOT / "scripts" / "tables.py", "--check"], check=True)


def test_every_exit_code_has_its_row(readme: "Document") -> None:
    shown = [[cell.replace("`", "") for cell in row] for row in readme.rows("When something goes wrong")]
    assert shown == [
        [str(code), meaning.outcome, meaning.advice.removesuffix(RESUMES).strip()] for code, meaning in MEANINGS.items()
    ]
    raised = {error.exit_code for error in (errors.TapError, *errors.TapError.__subclasses__())}
    assert MEANINGS.keys() == {0, 129, 130, 143} | raised


def test_the_versions_of_the_targets_are_those_that_are_tested(readme: "Document") -> None:
    pinned = {path.read_text().split()[0] for path in (ROOT / "requirements" / "tools").glob("*.in")}
    rows = readme.rows("Targets")
    assert len(rows) == 6
    for tool, version, _ in rows:
        names = re.findall(r"(?<![/\w])[a-z]+(?:-[a-z]+)+", tool)
        assert {f"{name}=={version}" for name in names} & pinned, tool


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_within_the_repository_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if re.match(r"https?://", target):
            continue
        file, _, heading = target.partition("#")
        aim = (path.parent / file).resolve() if file else path
        assert aim.exists(), target
        if heading:
            assert heading in headings(aim), target


def test_every_make_target_exists() -> None:
    text = "\n".join(path.read_text() for path in DOCUMENTS)
    blocks = "".join(re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    named = {*re.findall(r"`make ([a-z]+)", text), *re.findall(r"^make ([a-z]+)", blocks, re.MULTILINE)}
    assert {"check", "demo", "nightly", "setup", "test"} <= named
    for target in named:
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)


def test_the_map_of_the_package_names_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    package = ROOT / "src" / "tap_intercom"
    rooms = {path.parent.name for path in package.glob("*/__init__.py")}
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == rooms
    assert set(re.findall(r"(\w+)\[", text)) == rooms
    assert len(modules_named_in(text)) > 40


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_that_a_document_names_is_there(path: Path) -> None:
    for room, module in modules_named_in(path.read_text()):
        assert {path.stem for path in (ROOT / "src" / "tap_intercom" / room).iterdir()} >= {module}, room


def modules_named_in(text: str) -> set[tuple[str, str]]:
    """Give the modules, and the folder of schemas, as (room, module); files of configurations and scripts are none."""
    rooms = "|".join(path.parent.name for path in (ROOT / "src" / "tap_intercom").glob("*/__init__.py"))
    return {
        pair for pair in re.findall(rf"`({rooms})[./](\w+)(?![\w…])[^`]*`", text) if pair[1] not in {"json", "py", "sh"}
    }


def test_the_files_that_contributors_are_sent_to_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    places = [ROOT, ROOT / "src" / "tap_intercom"]
    named = set(re.findall(r"(?<!`make )`(\w[\w.-]*/[\w./-]*)(?: [^`]*)?`", text)) - MADE_BY_MAKE
    assert len(named) > 25
    for name in named:
        assert any((place / name.replace("NAME", "zensical")).exists() for place in places), name


def test_every_surprising_behaviour_says_why_it_matters() -> None:
    entries = re.split(r"^### ", (ROOT / "docs" / "behaviour.md").read_text(), flags=re.MULTILINE)[1:]
    assert len(entries) > 15
    for entry in entries:
        assert "*Why this matters:*" in entry, entry.splitlines()[0]


def test_the_tests_that_behaviours_name_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "behaviour.md").read_text()))
    defined = {
        name for file in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", file.read_text())
    }
    assert len(named) > 20
    assert not named - defined


@pytest.mark.parametrize(("document", "fewest"), [("SECURITY.md", 20), ("docs/guarantees.md", 20)])
def test_every_claim_is_held_by_a_test(document: str, fewest: int) -> None:
    path = ROOT / document
    claims = re.findall(r"^- .*?(?=\n\n|\n- |\Z)", path.read_text(), re.MULTILINE | re.DOTALL)
    assert len(claims) > fewest
    for claim in claims:
        proofs = re.findall(r"\[`(test_\w+)`\]\(([./\w]+\.py)\)", claim.partition("*Checked by*")[2])
        assert proofs, claim
        for name, file in proofs:
            assert f"def {name}(" in (path.parent / file).read_text(), name


def test_every_end_in_the_table_of_faults_is_explained() -> None:
    text = (ROOT / "docs" / "faults.md").read_text()
    explained = {row.split(" | ")[0].strip("| ") for row in text.partition("\n\n- ")[0].splitlines()[6:]}
    ends = {end for both in read().values() for end in both}
    assert len(ends) >= 5
    assert ends <= explained
    assert f"more than {MOST_MEGABYTES} MB of memory" in text
    assert f"more than {MOST_REQUESTS_MORE} requests more" in text


def test_the_locks_name_no_index_and_no_place_on_a_machine() -> None:
    for lock in (ROOT / "requirements").rglob("*.lock"):
        assert not re.search(r"https?://|file:|--index|--find-links| /", lock.read_text()), lock.name


def test_every_mutant_that_is_excused_is_of_lines_that_the_code_has() -> None:
    for entry in tomllib.loads((ROOT / "docs" / "equivalent-mutants.toml").read_text())["mutant"]:
        room, module, *_ = entry["of"].split(".")
        code = (ROOT / "src" / "tap_intercom" / room / f"{module}.py").read_text()
        for change in entry["changes"]:
            assert set(re.findall(r"^- (.+)$", change, re.MULTILINE)) <= set(map(str.strip, code.splitlines())), change
        assert entry["why"].endswith(".")


def headings(path: Path) -> set[str]:
    """Give the anchors that GitHub makes of a document's headings."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_field_of_the_report_is_documented() -> None:
    text = (ROOT / "docs" / "report.md").read_text()
    for kind in (RunReport, StreamReport, Remark, OddField, WindowReport, SlowRequest, WaitReport):
        for field in kind.__struct_fields__:
            assert f"`{field}`" in text, field
