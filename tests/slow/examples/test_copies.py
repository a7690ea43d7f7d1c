"""What a run of an example left behind is not copied, and all that belongs to it is."""

from pathlib import Path

from slow.examples.conftest import ignored


def test_a_tools_own_rules_in_what_a_run_has_made_are_no_rules_of_the_example(tmp_path: Path) -> None:
    made = tmp_path / "meltano" / ".meltano"
    made.mkdir(parents=True)
    (made.parent / ".gitignore").write_text(".meltano/\noutput/*.jsonl\n")
    (made / ".gitignore").write_text("*\n")
    assert ignored(tmp_path) == {"__pycache__", ".meltano", "*.jsonl"}
