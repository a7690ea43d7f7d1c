"""Orders an export job and polls its status until there is a file, for an hour at most."""

import msgspec

from tap_intercom.api.types import Answer, Reason, Refused, Requester
from tap_intercom.errors import Unavailable
from tap_intercom.exports.job import (
    UNKNOWN_JOB_SECONDS,
    Export,
    ExportPeriod,
    Job,
    JobStatus,
    OrderBody,
    pauses,
    read_job,
)


class ExportJob(msgspec.Struct, frozen=True, kw_only=True):
    """Orders and polls the export jobs of one stream; `app` is the id of the workspace.

    Raises Unavailable if a job fails or is not done in time, Refused, and ContractError.
    """

    stream: str
    export: Export
    requester: Requester
    app: str = ""

    async def order(self, period: ExportPeriod, order_body: OrderBody) -> Answer[Job]:
        """Order a job; wait while the workspace has too many, those of other programs included."""
        request, reason = self.export.order_request(period, order_body), ""
        for pause in pauses():
            try:
                return await self.requester.ask(request, read_job)
            except Refused as refused:
                if refused.reason is not Reason.JOBS_PENDING:
                    raise
                reason = refused.message
            await self._pause(pause, "other exports of the workspace have to end first")
        raise Unavailable(f"{self.stream}: no export could be ordered for an hour ({reason}); run again later.")

    async def wait_until_done(self, job: Job, period: ExportPeriod) -> Job | None:
        """Poll the status until the job is done; give None if it has no file."""
        waited = 0.0
        for pause in pauses():
            match job.job_status:
                case JobStatus.READY:
                    return job
                case JobStatus.EMPTY:
                    return None
                case JobStatus.FAILED:
                    raise self.failed_error(job, period, f"is {job.status}")
            await self._pause(pause, "Intercom is making an export")
            waited += pause
            try:
                job = (
                    await self.requester.ask(self.export.status_request(job.job_identifier, self.app), read_job)
                ).value
            except Refused as refused:
                if refused.reason is not Reason.GONE:
                    raise
                if waited > UNKNOWN_JOB_SECONDS:
                    raise self.failed_error(job, period, "is not known to Intercom") from refused
        raise self.failed_error(job, period, f"is still {job.status} after an hour")

    def failed_error(self, job: Job, period: ExportPeriod, what: str) -> Unavailable:
        """Give the error of a job that failed."""
        return Unavailable(
            f"{self.stream}: the export of {period} {what} (job {job.job_identifier}); "
            "run again, and ask Intercom if it stays so."
        )

    async def _pause(self, seconds: float, reason: str) -> None:
        await self.requester.pause(seconds, f"{self.stream}: {reason}")
