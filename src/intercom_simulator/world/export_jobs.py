"""Export jobs: created, polled, downloaded when they are done, and gone after two days."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Literal

import msgspec

from intercom_simulator.protocol.responses import ApiError
from intercom_simulator.world.world import World

EXPIRY_SECONDS = 2 * 86400
MAX_PENDING = {"content": 1, "reporting": 5}
PENDING_NAMES = {"content": "message data", "reporting": "reporting dataset"}
PENDING_STATES = ("pending", "in_progress")

Table = list[list[str]]
Subject = Literal["content", "reporting"]


class ExportJob(msgspec.Struct):
    """One export job: its subject, when it was created, and what makes its rows."""

    identity: str
    subject: Subject
    created_at: float
    write: Callable[[], Table]
    canceled: bool = False
    rows: Table | None = None


class ExportJobs:
    """The export jobs of a workspace; the number that may be pending at once is limited for each subject."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._jobs: dict[str, ExportJob] = {}

    def create(self, subject: Subject, write: Callable[[], Table]) -> ExportJob:
        """Create a job. Raises ApiError when too many are pending."""
        under_way = [
            job for job in self._jobs.values() if job.subject == subject and self.status(job) in PENDING_STATES
        ]
        if len(under_way) >= MAX_PENDING[subject]:
            message = f"Exceeded rate limit of {MAX_PENDING[subject]} pending {PENDING_NAMES[subject]} export jobs"
            raise ApiError(429, "rate_limit_exceeded", message)
        digest = blake2b(f"{self._world.seed}/job/{len(self._jobs)}".encode(), digest_size=8).hexdigest()
        job = self._jobs[digest] = ExportJob(digest, subject, self._world.clock.now(), write)
        return job

    def find(self, identity: str, subject: Subject) -> ExportJob:
        """Return the job with this identifier. Raises ApiError for one that does not exist or has expired."""
        job = self._jobs.get(identity)
        if job is None or job.subject != subject or self._world.clock.now() > job.created_at + EXPIRY_SECONDS:
            raise ApiError(404, "not_found", f"Export job not found for identifier: {identity}")
        return job

    def status(self, job: ExportJob) -> str:
        """Return the status of the job at this moment."""
        age, needed = self._world.clock.now() - job.created_at, self._world.behaviours.export_seconds
        if job.canceled:
            return "canceled"
        if age < needed:
            return "pending" if age < needed / 2 or job.subject == "reporting" else "in_progress"
        if self._world.behaviours.export_fails:
            return "failed"
        if job.subject == "reporting":
            return "complete"
        return "completed" if self.table(job) else "no_data"

    def table(self, job: ExportJob) -> Table:
        """Return the rows as they were when the job was first found to be done."""
        if job.rows is None:
            job.rows = job.write()
        return job.rows
