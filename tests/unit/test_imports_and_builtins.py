"""What the tap could do to the machine at all: read the source, and see which doors it opens outwards."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tap_intercom

MODULES = sorted(Path(tap_intercom.__file__).parent.rglob("*.py"))
# Run programs, listen, write files, or make code of data.
POWERS = {
    *("subprocess", "multiprocessing", "pty", "runpy", "code", "ctypes", "cffi"),
    *("socket", "socketserver", "http.server", "xmlrpc", "ftplib", "smtplib", "telnetlib"),
    *("shutil", "tempfile", "sqlite3", "dbm"),
    *("pickle", "marshal", "shelve", "yaml", "importlib.util"),
}
BUILTINS = {"eval", "exec", "compile", "__import__", "open"}
METHODS = {"open", "write_text", "write_bytes", "mkdir", "unlink", "touch", "rename", "symlink_to"}
OS = {"environ", "get_terminal_size", "write", "dup2", "open", "devnull", "O_WRONLY", "_exit"}

# The modules that write files, what they call or import for it, and the modules that have each do so.
WRITERS = {
    "report_file": ({"open", "unlink", "fsync", "urandom"}, {"main"}),
    "batch_files": ({"mkdir", "access", "urandom", "unlink"}, {"stream_maps"}),
    "database": ({"unlink"}, {"main", "run", "writer", "contents"}),
    "loading": ({"tempfile"}, {"database", "run", "writer"}),
}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def called(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Give whose function is called, as far as that has a name, and which."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(attr="open") if not (node.args or node.keywords):
                    continue  # of no file: that would have a mode
                case ast.Name(id=name):
                    yield "", name
                case ast.Attribute(value=ast.Name(id=whose), attr=name):
                    yield whose, name
                case ast.Attribute(attr=name):
                    yield "?", name


def test_all_rooms_are_looked_into() -> None:
    assert len(MODULES) > 106
    assert {module.parent.name for module in MODULES} >= {"api", "cli", "records", "sync"}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: f"{module.parent.name}/{module.stem}")
def test_the_tap_runs_no_program_listens_on_no_port_and_writes_no_file_but_those_it_was_told_to(module: Path) -> None:
    tree = ast.parse(module.read_text())
    its, _ = WRITERS.get(module.stem, (set(), set()))
    assert not (POWERS - its) & set(imported(tree))
    calls = set(called(tree))
    assert {name for whose, name in calls if whose == "os"} - its <= OS
    for writer, (_, callers) in WRITERS.items():
        assert module.stem in callers or not any(writer in name.split(".") for name in imported(tree))
    assert not {name for whose, name in calls if whose != "os" and name in (METHODS - its if whose else BUILTINS)}
