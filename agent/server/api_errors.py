"""Errors of the HTTP API, all in one JSON form that OpenAI clients read too.

{"error": {"message": "…", "hint": "…", "type": "invalid_request_error", "code": "…",
           "param": null}}
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from agent.plan import PlanError
from agent.planner.llm import LanguageModelError
from agent.record.budget import BudgetSpent
from tools.errors import (
    BadArgument,
    BatutaError,
    CatalogueError,
    InputError,
    OutOfMemory,
    SourceError,
    TransientError,
)

log = logging.getLogger(__name__)

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
_BAD_INPUT = (InputError, PlanError, CatalogueError, BadArgument, BudgetSpent)
_UNAVAILABLE = (OutOfMemory, TransientError)


class ErrorDetail(BaseModel):
    """What happened, what to do next, and names for programs."""

    message: str
    hint: str = ""
    type: str
    code: str
    param: str | None = None


class ErrorBody(BaseModel):
    """The body of every response with a status of 400 or more."""

    error: ErrorDetail


ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody} for status in (400, 404, 409, 413, 422, 429)
}
"""The error responses of a route that runs something, for the OpenAPI document."""


class ApiError(HTTPException):
    """A response with an error status, a message and a hint."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        hint: str = "",
        code: str = "",
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, headers)
        self.hint = hint
        self.code = code
        self.param = param

    @property
    def body(self) -> ErrorBody:
        return error_body(
            self.status_code, self.detail, hint=self.hint, code=self.code, param=self.param
        )


def error_body(
    status: int, message: str, *, hint: str = "", code: str = "", param: str | None = None
) -> ErrorBody:
    """Build the body of an error response."""
    fallback = "invalid_request_error" if status < 500 else "server_error"
    kind = _TYPES.get(status, fallback)
    return ErrorBody(
        error=ErrorDetail(message=message, hint=hint, type=kind, code=code or kind, param=param)
    )


def reject(param: str, message: str, hint: str) -> NoReturn:
    """Raise the error for a parameter that would change the answer and cannot be obeyed."""
    raise ApiError(400, message, hint=hint, code="unsupported_parameter", param=param)


def too_many(message: str, *, hint: str, wait_s: int) -> ApiError:
    """Build a 429 response that says when to try again."""
    headers = {"retry-after": str(wait_s)}
    return ApiError(429, message, hint=hint, code="rate_limit_exceeded", headers=headers)


def api_error_of(error: BatutaError) -> ApiError:
    """Return the response for an error of the agent."""
    code = _snake_case(type(error).__name__)
    if isinstance(error, _BAD_INPUT):
        status = 400
    elif isinstance(error, _UNAVAILABLE):
        status = 503
    else:
        status = 502 if isinstance(error, LanguageModelError | SourceError) else 500
    return ApiError(status, error.message, hint=error.hint, code=code)


def error_response(error: ApiError) -> JSONResponse:
    """Render an error as JSON."""
    return JSONResponse(error.body.model_dump(), error.status_code, error.headers)


def invalid_body(error: ValidationError | RequestValidationError) -> ApiError:
    """Return the response for a body or query that does not match the schema."""
    problems: Sequence[Any] = error.errors()
    places = [".".join(str(part) for part in problem["loc"]) for problem in problems]
    listed = [
        f"{place or 'the body'}: {problem['msg']}"
        for place, problem in zip(places, problems, strict=True)
    ]
    return ApiError(
        400,
        "the request does not match the schema: " + "; ".join(listed[:10]),
        hint="see /openapi.json for the fields and their types",
        code="invalid_schema",
        param=places[0].removeprefix("body.") if places else None,
    )


def add_error_handlers(app: FastAPI) -> None:
    """Render every error of the application in the one JSON form."""

    async def on_http_error(request: Request, error: Exception) -> JSONResponse:
        if isinstance(error, ApiError):
            return error_response(error)
        assert isinstance(error, HTTPException)
        message = f"{request.method} {request.url.path}: {error.detail}"
        hint = "see /openapi.json for the paths and methods"
        headers = error.headers
        return error_response(ApiError(error.status_code, message, hint=hint, headers=headers))

    async def on_invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return error_response(invalid_body(error))

    async def on_agent_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, BatutaError)
        return error_response(api_error_of(error))

    async def on_other_error(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return error_response(unexpected_error())

    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(BatutaError, on_agent_error)
    app.add_exception_handler(Exception, on_other_error)


def unexpected_error() -> ApiError:
    """Build the response for an error that nobody foresaw."""
    return ApiError(500, "something unexpected went wrong", hint="the server's log has the details")


def _snake_case(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).removeprefix("_")
