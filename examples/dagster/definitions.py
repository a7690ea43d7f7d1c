"""Every hour, sync each workspace of `workspaces/` in a task of its own; their states are rows of the database.

`workspaces/NAME.json` is the tap's configuration for one workspace. Its tables go to the schema NAME.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from dagster import (
    Definitions,
    DynamicOut,
    DynamicOutput,
    Failure,
    OpExecutionContext,
    RetryPolicy,
    ScheduleDefinition,
    job,
    multiprocess_executor,
    op,
)

HERE = Path(__file__).parent
DATABASE = os.environ.get("DATABASE_URL", "postgresql://intercom@127.0.0.1:5433/intercom")
AT_ONCE = int(os.environ.get("WORKSPACES_AT_ONCE", "2"))
COMES_RIGHT = {5, 7}  # the tap's exit codes for an Intercom, or a target, that is not there at the moment
SIGNALLED = 128

STATES = """
    CREATE TABLE IF NOT EXISTS intercom_states (
        workspace text PRIMARY KEY, state jsonb NOT NULL, updated_at timestamptz NOT NULL DEFAULT now()
    )
"""
REMEMBER = """
    INSERT INTO intercom_states (workspace, state) VALUES (%s, %s)
    ON CONFLICT (workspace) DO UPDATE SET state = excluded.state, updated_at = now()
"""


@op(out=DynamicOut(str))
def workspaces() -> Iterator[DynamicOutput[str]]:
    """Name the workspaces."""
    with psycopg.connect(DATABASE) as database:
        database.execute(STATES)
    for file in sorted((HERE / "workspaces").glob("*.json")):
        yield DynamicOutput(file.stem, mapping_key=file.stem)


@op(retry_policy=RetryPolicy(max_retries=2, delay=60))
def sync(context: OpExecutionContext, workspace: str) -> None:
    """Sync one workspace, and keep every state that the target confirms."""
    with psycopg.connect(DATABASE, autocommit=True) as database, claimed(database, workspace):
        row = database.execute("SELECT state FROM intercom_states WHERE workspace = %s", [workspace]).fetchone()
        with tempfile.TemporaryDirectory() as folder:
            codes = run(context, Path(folder), workspace, row[0] if row else {}, database)
    if any(codes.values()):
        worth = all(code == 0 or code in COMES_RIGHT or code >= SIGNALLED or code < 0 for code in codes.values())
        raise Failure(f"{workspace}: exit codes {codes}; the log says why", allow_retries=worth)


@contextmanager
def claimed(database: "psycopg.Connection[Any]", workspace: str) -> Iterator[None]:
    """Let no two tasks sync the same workspace; the claim ends with the connection, whatever happens."""
    (free,) = database.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [workspace]).fetchone() or (False,)
    if not free:
        raise Failure(f"{workspace} is being synced by another task", allow_retries=False)
    yield


def run(
    context: OpExecutionContext,
    folder: Path,
    workspace: str,
    state: dict[str, Any],
    database: "psycopg.Connection[Any]",
) -> dict[str, int]:
    """Pipe the tap into the target; return both exit codes."""
    target = {
        "sqlalchemy_url": DATABASE.replace("postgresql://", "postgresql+psycopg://", 1),
        "default_target_schema": workspace,
    }
    for name, content in (("state.json", state), ("target.json", target)):
        (folder / name).write_text(json.dumps(content))
    settings = str(HERE / "workspaces" / f"{workspace}.json")
    with (
        (folder / "log").open("w+") as log,
        subprocess.Popen(
            ["tap-intercom", "--config", settings, "--state", str(folder / "state.json")],
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=HERE,
        ) as tap,
        subprocess.Popen(
            ["target-postgres", "--config", str(folder / "target.json")],
            stdin=tap.stdout,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, "PGTZ": "UTC"},
        ) as loader,
    ):
        if tap.stdout:
            tap.stdout.close()
        for confirmed in loader.stdout or ():
            # The last line is cut off where the target is killed within it.
            if confirmed.startswith("{") and confirmed.endswith("}\n"):
                database.execute(REMEMBER, [workspace, confirmed])
        codes = {"tap-intercom": tap.wait(), "target-postgres": loader.wait()}
        log.seek(0)
        for line in log:
            if "METRIC" not in line:
                context.log.info(line.rstrip())
    return codes


@job(executor_def=multiprocess_executor.configured({"max_concurrent": AT_ONCE}))
def sync_workspaces() -> None:
    """Sync all workspaces, as many at once as this machine may."""
    workspaces().map(sync)


definitions = Definitions(
    jobs=[sync_workspaces], schedules=[ScheduleDefinition(job=sync_workspaces, cron_schedule="0 * * * *")]
)
