"""Publishing the page: its files and its settings as one zip to Amplify, then waiting until it is live."""

import io
import json
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

from medassist import aws
from medassist.errors import DeploymentError
from medassist.production import refusals
from medassist.production.stack import Outputs

SETTINGS = "config.json"  # what the page reads first
LIVE_LIMIT_S = 300.0
POLL_S = 1.0
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name: the same files give the same bytes


def page_settings(outputs: Outputs, api_url: str) -> dict[str, str]:
    """Return what the page has to know: where the API is, and where its users sign in."""
    client = aws.client("cognito-idp")
    with refusals.explained("reading the user pool"):
        domain = client.describe_user_pool(UserPoolId=outputs.user_pool_id)["UserPool"].get("Domain", "")
    address = f"https://{domain}.auth.{client.meta.region_name}.amazoncognito.com" if domain else ""
    return {"api_url": api_url, "sign_in_url": address, "client_id": outputs.user_pool_client_id}


def publish(
    outputs: Outputs, settings: dict[str, str], files: Path, progress: Callable[[str], None] = lambda status: None
) -> str:
    """Publish the page and return its address.

    Parameters
    ----------
    outputs : Outputs
        Of the stack: the app and branch of Amplify.
    settings : dict
        As :func:`page_settings` gives them; take the place of the file of that name.
    files : Path
        Folder of the page.
    progress : callable
        Called with each status of the deployment.

    Raises
    ------
    DeploymentError
        If Amplify refuses, the upload fails, or the page is not live within five minutes.
    """
    amplify = aws.client("amplify")
    where = {"appId": outputs.amplify_app_id, "branchName": outputs.amplify_branch}
    with refusals.explained("publishing the page", "The API works all the same; run it again."):
        for job in amplify.list_jobs(**where)["jobSummaries"]:  # an interrupted run's would be in the way
            if job["status"] in ("CREATED", "PENDING", "PROVISIONING", "RUNNING"):
                amplify.stop_job(**where, jobId=job["jobId"])
        created = amplify.create_deployment(**where)
        _put(created["zipUploadUrl"], pack(files, settings))
        amplify.start_deployment(**where, jobId=created["jobId"])
        deadline = time.monotonic() + LIVE_LIMIT_S
        while (job := amplify.get_job(**where, jobId=created["jobId"])["job"])["summary"]["status"] != "SUCCEED":
            status = job["summary"]["status"]
            progress(status)
            if status in ("FAILED", "CANCELLED") or time.monotonic() > deadline:
                reasons = "; ".join(step["statusReason"] for step in job["steps"] if step.get("statusReason"))
                raise DeploymentError(f"The page was not published ({status}: {reasons or 'no reason given'}).")
            time.sleep(POLL_S)
    return outputs.page_url


def pack(files: Path, settings: dict[str, str]) -> bytes:
    """Return the page's files and settings as a zip; the same input gives the same bytes."""
    if not (files / "index.html").is_file():
        raise DeploymentError(f"{files} holds no page: there is no index.html in it.")
    contents = {path.relative_to(files).as_posix(): path.read_bytes() for path in files.rglob("*") if path.is_file()}
    contents[SETTINGS] = json.dumps(settings).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16  # Unix, a file that all may read
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _put(url: str, body: bytes) -> None:
    request = urllib.request.Request(url, method="PUT", data=body, headers={"Content-Type": "application/zip"})
    try:
        urllib.request.urlopen(request, timeout=60).close()
    except urllib.error.HTTPError as error:
        raise DeploymentError(f"The page could not be uploaded (status {error.code}); run it again.") from error
    except OSError as error:
        raise DeploymentError(f"The page could not be uploaded ({error}); check the network, run it again.") from error
