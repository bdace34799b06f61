"""AWS event streams: the binary frames in which ``InvokeEndpointWithResponseStream`` answers.

A frame is ``total length | header length | CRC-32 of both | headers | payload | CRC-32 of all before`` with
big-endian 32-bit numbers; a header is ``name length (8 bit) | name | 7 (string) | value length (16 bit) | value``.
Source: the event stream encoding of the AWS SDKs (Smithy, ``application/vnd.amazon.eventstream``).
"""

import json
import struct
import zlib
from collections.abc import Mapping

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7


def encode_frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Return one frame with string headers."""
    block = b"".join(
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", _STRING, len(value)) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack("!II", 12 + len(block) + len(payload) + 4, len(block))
    frame = prelude + struct.pack("!I", zlib.crc32(prelude)) + block + payload
    return frame + struct.pack("!I", zlib.crc32(frame))


def payload_part(chunk: bytes) -> bytes:
    """Return the frame that carries ``chunk`` of the model's answer."""
    headers = {
        ":event-type": "PayloadPart",
        ":content-type": "application/octet-stream",
        ":message-type": "event",
    }
    return encode_frame(headers, chunk)


def stream_error(message: str, code: str = "ModelInvocationTimeExceeded") -> bytes:
    """Return the frame that ends a stream with a ``ModelStreamError``."""
    headers = {
        ":exception-type": "ModelStreamError",
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return encode_frame(headers, json.dumps({"Message": message, "ErrorCode": code}).encode())
