"""Amplify of the emulated cloud: apps, branches, and manual deployments whose zip is really taken and checked.

moto has no Amplify. The page itself is served by the API server; here a deployment ends when its zip has arrived and
holds an ``index.html``. Apps are gone when the cloud stops, unless they belong to a stack, which makes them again.
"""

import io
import json
import re
import secrets
import threading
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from account import ACCOUNT, REGION

MAX_ZIP = 50_000_000
_APP = re.compile(r"/apps/(?P<app>[^/]+)$")
_BRANCHES = re.compile(r"/apps/(?P<app>[^/]+)/branches(?:/(?P<branch>[^/]+))?$")
_DEPLOYMENTS = re.compile(r"/apps/(?P<app>[^/]+)/branches/(?P<branch>[^/]+)/deployments(?P<start>/start)?$")
_JOBS = re.compile(r"/apps/(?P<app>[^/]+)/branches/(?P<branch>[^/]+)/jobs(?:/(?P<job>[^/]+))?(?P<stop>/stop)?$")
UPLOAD = re.compile(r"/_medassist/amplify/(?P<key>[\w-]{20,})$")


class _RefusedError(Exception):
    def __init__(self, status: str, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass
class _Job:
    id: str
    key: str  # secret part of the address that takes the zip
    status: str = "CREATED"
    reason: str = ""
    body: bytes = b""
    started: float = field(default_factory=lambda: datetime.now(UTC).timestamp())


@dataclass
class _App:
    id: str
    name: str
    branches: dict[str, list[_Job]] = field(default_factory=dict)


class AmplifyApps:
    """The WSGI application for Amplify's calls and for the uploads; ``url`` returns this cloud's address."""

    def __init__(self, url: Callable[[], str]) -> None:
        self._url, self._apps, self._lock = url, dict[str, _App](), threading.RLock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(min(length, MAX_ZIP + 1))
        method, path = environ["REQUEST_METHOD"], unquote(environ["PATH_INFO"])
        try:
            with self._lock:
                if upload := UPLOAD.match(path):
                    status, value = self._take(method, upload["key"], body)
                else:
                    status, value = "200 OK", self._answer(method, path, json.loads(body or b"{}"))
        except _RefusedError as error:
            return _send(start_response, error.status, {"message": str(error)}, error.code)
        return _send(start_response, status, value)

    def _answer(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "/apps" and method == "POST":
            app = _App(f"d{secrets.token_hex(7)}", body["name"])
            self._apps[app.id] = app
            return {"app": _describe_app(app)}
        if path == "/apps":
            return {"apps": [_describe_app(app) for app in self._apps.values()]}
        if match := _APP.match(path):
            app = self._app(match["app"])
            if method == "DELETE":
                del self._apps[app.id]
            return {"app": _describe_app(app)}
        if match := _BRANCHES.match(path):
            return self._branch(method, self._app(match["app"]), match["branch"], body)
        if match := _DEPLOYMENTS.match(path):
            jobs = self._jobs(match["app"], match["branch"])
            return self._start(jobs, body) if match["start"] else self._create(jobs)
        if match := _JOBS.match(path):
            jobs = self._jobs(match["app"], match["branch"])
            if not match["job"]:
                return {"jobSummaries": [_describe_job(job) for job in jobs[::-1]]}
            job = _find(jobs, match["job"])
            if match["stop"]:
                job.status = "CANCELLED"
                return {"jobSummary": _describe_job(job)}
            return {"job": {"summary": _describe_job(job), "steps": _steps(job)}}
        raise _RefusedError("404 Not Found", "NotFoundException", "There is no such call.")

    def _branch(self, method: str, app: _App, branch: str | None, body: dict[str, Any]) -> dict[str, Any]:
        if method == "POST":
            branch = str(body["branchName"])
            if branch in app.branches:
                raise _RefusedError("400 Bad Request", "BadRequestException", f"A branch {branch} already exists.")
            app.branches[branch] = []
        elif branch is None:
            return {"branches": [_describe_branch(app, name) for name in app.branches]}
        self._jobs(app.id, branch)
        described = {"branch": _describe_branch(app, branch)}
        if method == "DELETE":
            del app.branches[branch]
        return described

    def _create(self, jobs: list[_Job]) -> dict[str, Any]:
        if any(job.status in ("PENDING", "RUNNING") for job in jobs):
            raise _RefusedError("400 Bad Request", "BadRequestException", "The last job was not finished yet.")
        job = _Job(str(len(jobs) + 1), secrets.token_urlsafe(24))
        jobs.append(job)
        return {"jobId": job.id, "fileUploadUrls": {}, "zipUploadUrl": f"{self._url()}/_medassist/amplify/{job.key}"}

    def _take(self, method: str, key: str, body: bytes) -> tuple[str, dict[str, Any]]:
        for app in self._apps.values():
            for jobs in app.branches.values():
                for job in jobs:
                    if method == "PUT" and job.key == key and job.status == "CREATED" and len(body) <= MAX_ZIP:
                        job.body = body
                        return "200 OK", {}
        raise _RefusedError("403 Forbidden", "AccessDenied", "Access Denied")

    def _start(self, jobs: list[_Job], body: dict[str, Any]) -> dict[str, Any]:
        job = _find(jobs, str(body.get("jobId", "")))
        if job.status != "CREATED":
            raise _RefusedError("400 Bad Request", "BadRequestException", f"The job {job.id} is {job.status}.")
        job.status = "PENDING"
        return {"jobSummary": _describe_job(job)}

    def _app(self, id_: str) -> _App:
        if id_ not in self._apps:
            raise _RefusedError("404 Not Found", "NotFoundException", f"App {id_} not found.")
        return self._apps[id_]

    def _jobs(self, app: str, branch: str) -> list[_Job]:
        branches = self._app(app).branches
        if branch not in branches:
            raise _RefusedError("404 Not Found", "NotFoundException", f"Branch {branch} not found.")
        return branches[branch]


def _find(jobs: list[_Job], id_: str) -> _Job:
    for job in jobs:
        if job.id == id_:
            _go_on(job)
            return job
    raise _RefusedError("404 Not Found", "NotFoundException", f"Job {id_} not found.")


def _go_on(job: _Job) -> None:
    """Take a started job one step on each time somebody looks: pending, running, done."""
    if job.status == "PENDING":
        job.status = "RUNNING"
    elif job.status == "RUNNING":
        job.reason = _fault(job.body)
        job.status = "FAILED" if job.reason else "SUCCEED"


def _fault(body: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return "" if "index.html" in archive.namelist() else "The zip holds no index.html at its root."
    except zipfile.BadZipFile:
        return "What was uploaded is no zip."


def _describe_app(app: _App) -> dict[str, Any]:
    return {
        "appId": app.id,
        "appArn": f"arn:aws:amplify:{REGION}:{ACCOUNT}:apps/{app.id}",
        "name": app.name,
        "defaultDomain": f"{app.id}.amplifyapp.com",
        "platform": "WEB",
        "description": "",
        "repository": "",
        "createTime": 0,
        "updateTime": 0,
        "environmentVariables": {},
        "enableBranchAutoBuild": False,
        "enableBasicAuth": False,
    }


def _describe_branch(app: _App, name: str) -> dict[str, Any]:
    arn = f"arn:aws:amplify:{REGION}:{ACCOUNT}:apps/{app.id}/branches/{name}"
    done = [job.id for job in app.branches[name] if job.status == "SUCCEED"]
    return {"branchArn": arn, "branchName": name, "activeJobId": done[-1] if done else "", "displayName": name}


def _describe_job(job: _Job) -> dict[str, Any]:
    return {"jobArn": "", "jobId": job.id, "commitId": "HEAD", "status": job.status, "startTime": job.started}


def _steps(job: _Job) -> list[dict[str, Any]]:
    return [
        {
            "stepName": "DEPLOY",
            "startTime": job.started,
            "endTime": job.started,
            "status": job.status,
            "statusReason": job.reason,
        }
    ]


def _send(start_response: Callable[..., Any], status: str, value: dict[str, Any], code: str = "") -> list[bytes]:
    body = json.dumps(value).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    if code:
        headers.append(("x-amzn-ErrorType", code))
    start_response(status, headers)
    return [body]
