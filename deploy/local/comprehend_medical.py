"""Amazon Comprehend Medical of the emulated cloud: DetectPHI, with a few patterns in the place of AWS's model.

What a call looks like, its limits and its errors are the service's (botocore's description of it); what it finds is
not: names are pairs of capitalised words within a sentence, whoever they are. So it finds what our own rules don't, and
takes diseases for persons now and then, as a model may.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from wire_checks import Checker

MAX_BYTES = 20_000
TARGET = "ComprehendMedical_20181030."
MODEL_VERSION = "2.0.0"
_TYPES = (
    ("EMAIL", 0.99, r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    ("URL", 0.98, r"https?://\S+"),
    ("PHONE_OR_FAX", 0.97, r"\+?\d[\d ()-]{7,}\d"),
    ("DATE", 0.95, r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\b(?:19|20)\d\d\b"),
    ("AGE", 0.95, r"\b\d{1,3}(?=[ -]years?[ -]old\b)"),
    ("ID", 0.9, r"\b[A-Z]{2,3}-?\d{4,}\b"),
    ("ADDRESS", 0.9, r"\b\d{1,5} [A-Z][a-z]+ (?:Street|Road|Avenue|Lane)\b"),
    ("PROFESSION", 0.8, r"\b(?:nurse|teacher|farmer|plumber|carpenter)\b"),
    ("NAME", 0.85, r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)+"),
)


class ComprehendMedical:
    """The WSGI application for the calls of Comprehend Medical."""

    def __init__(self) -> None:
        self._checker = Checker("comprehendmedical")

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        operation = environ.get("HTTP_X_AMZ_TARGET", "").removeprefix(TARGET)
        if operation != "DetectPHI":
            return _send(start_response, 501, {"Message": f"{operation} is not emulated."}, "UnknownOperationException")
        request = json.loads(body or b"{}")
        if faults := self._checker.faults(operation, request):
            return _refuse(start_response, "InvalidRequestException", faults[0]["message"])
        if len(request["Text"].encode()) > MAX_BYTES:
            return _refuse(start_response, "TextSizeLimitExceededException", f"Input text exceeds {MAX_BYTES} bytes.")
        return _send(start_response, 200, {"Entities": _entities(request["Text"]), "ModelVersion": MODEL_VERSION})


def _entities(text: str) -> list[dict[str, Any]]:
    found = [
        (match.start(), match.end(), type_, score)
        for type_, score, pattern in _TYPES
        for match in re.finditer(pattern, text)
    ]
    return [
        {
            "Id": number,
            "BeginOffset": start,
            "EndOffset": end,
            "Score": score,
            "Text": text[start:end],
            "Category": "PROTECTED_HEALTH_INFORMATION",
            "Type": type_,
            "Traits": [],
        }
        for number, (start, end, type_, score) in enumerate(sorted(found))
    ]


def _refuse(start_response: Callable[..., Any], code: str, message: str) -> list[bytes]:
    return _send(start_response, 400, {"__type": code, "Message": message}, code)


def _send(start_response: Callable[..., Any], status: int, value: dict[str, Any], code: str = "") -> list[bytes]:
    body = json.dumps(value).encode()
    headers = [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))]
    if code:
        headers.append(("x-amzn-ErrorType", code))
    start_response(f"{status} {'OK' if status == 200 else 'Refused'}", headers)
    return [body]
