"""Checks that every request passes before its endpoint: token, Accept header, version, plan and scopes."""

from base64 import b64decode
from binascii import Error as NotBase64
from fnmatch import fnmatchcase

from intercom_simulator.protocol.behaviours import Behaviours
from intercom_simulator.protocol.responses import ApiError, Request
from intercom_simulator.protocol.versions import ALL_VERSIONS, V1_VERSIONS

SCOPES = {"macros": "read_conversations"}  # resources whose scope has another name
ACCEPTABLE = ("application/json", "application/*", "*/*", "application/vnd.intercom.3+json")  # the last: older clients


def check_token(request: Request, token: str) -> None:
    """Refuse a request without this token as bearer, or as the user name of basic authentication. Raises ApiError."""
    if request.authorization is None:
        raise ApiError(401, "missing_authorization", "Unauthorized")
    scheme, _, credentials = request.authorization.partition(" ")
    if scheme.lower() == "basic":
        credentials = _user_name(credentials)
    elif scheme.lower() != "bearer":
        credentials = ""
    if credentials.strip() != token:
        raise ApiError(401, "unauthorized", "Access Token Invalid")


def check_accept(request: Request) -> None:
    """Refuse a request whose Accept header excludes JSON. Raises ApiError."""
    if request.accept is None:
        return
    wanted = (choice.partition(";")[0].strip().lower() for choice in request.accept.split(","))
    if not any(choice in ACCEPTABLE for choice in wanted):
        raise ApiError(
            406, "media_type_not_acceptable", "The Accept header should send a media type of application/json"
        )


def version_of(request: Request, behaviours: Behaviours) -> str:
    """Return the version that the request is answered in. Raises ApiError for one that does not exist."""
    version = request.version or behaviours.app_version
    is_v1 = version in V1_VERSIONS
    if version not in ALL_VERSIONS or (is_v1 and behaviours.version_1_4 == "unknown"):
        raise ApiError(400, "intercom_version_invalid", "The requested version could not be found")
    if is_v1 and behaviours.version_1_4 == "refused":
        raise version_error()
    return version


def check_version(version: str, served: frozenset[str]) -> None:
    """Refuse a version in which the resource does not exist. Raises ApiError."""
    if version not in served:
        raise version_error()


def version_error() -> ApiError:
    """Return the error for a resource that does not exist in the requested version."""
    return ApiError(400, "intercom_version_invalid", "Requested resource is not available in current API version")


def check_permission(request: Request, resource: str, behaviours: Behaviours) -> None:
    """Refuse a resource that the plan or the token's scopes leave out. Raises ApiError."""
    if _is_listed(behaviours.plan_restricted, request, resource):
        if behaviours.plan_restricted_answer == "404":
            raise ApiError(404, "not_found", "Resource Not Found")
        raise ApiError(int(behaviours.plan_restricted_answer), "api_plan_restricted", "Active subscription needed.")
    if _is_listed(behaviours.scope_missing, request, resource):
        if behaviours.scope_missing_answer == "401":
            raise ApiError(401, "token_unauthorized", "Not authorized to access resource")
        scope = (
            f"You do not have the required scope ({SCOPES.get(resource, f'read_{resource}')}) to access this resource"
        )
        raise ApiError(403, "forbidden", scope)


def _is_listed(patterns: str, request: Request, resource: str) -> bool:
    names = [name.strip() for name in patterns.split(",")]
    return resource in names or any(name.startswith("/") and fnmatchcase(request.path, name) for name in names)


def _user_name(credentials: str) -> str:
    try:
        return b64decode(credentials, validate=True).decode("utf-8", "replace").partition(":")[0]
    except NotBase64:
        return ""
