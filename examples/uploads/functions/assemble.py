#!/usr/bin/env python3
"""Assembles the parts of one job: JSON on stdin, JSON on stdout.

Reads {"job": "alpha", "keys": ["jobs/alpha/part-2-of-3.csv", ...]}, fetches every part from the bucket over the S3
protocol (curl signs the requests; the endpoint and the keys are in the usual AWS_ variables), puts them in the order
of their numbers and answers with what it has made. The first line of part 1 is the header.

Without AWS_ENDPOINT_URL_S3 there is nothing to fetch from, as when only events are played: it answers with the keys in
their order.
"""

import hashlib
import json
import os
import re
import subprocess
import sys

BUCKET = "uploads"
KEY = re.compile(r"jobs/(?P<job>[^/]+)/part-(?P<part>\d+)-of-(?P<parts>\d+)\.csv")


def fetch(key: str) -> bytes:
    """The content of one object; a failure ends the function with what curl says."""
    user = f"{os.environ['AWS_ACCESS_KEY_ID']}:{os.environ['AWS_SECRET_ACCESS_KEY']}"
    url = f"{os.environ['AWS_ENDPOINT_URL_S3']}/{BUCKET}/{key}"
    nothing = f"x-amz-content-sha256: {hashlib.sha256(b'').hexdigest()}"
    sign = ["--aws-sigv4", "aws:amz:us-east-1:s3", "--header", nothing, "--config", "-"]
    command = ["curl", "--silent", "--show-error", "--fail", "--max-time", "20", *sign, url]
    answer = subprocess.run(command, input=f'user = "{user}"\n'.encode(), stdout=subprocess.PIPE, check=True)
    return answer.stdout


def main() -> None:
    request = json.load(sys.stdin)
    keys = {}
    for key in request["keys"]:
        name = KEY.fullmatch(key)
        if name is None or name["job"] != request["job"]:
            sys.exit(f"{key} is no part of job {request['job']}")
        keys[int(name["part"])] = key
        expected = int(name["parts"])
    parts = [keys[number] for number in sorted(keys)]
    if sorted(keys) != list(range(1, expected + 1)):
        sys.exit(f"job {request['job']} has the parts {sorted(keys)}, expected 1 to {expected}")
    if "AWS_ENDPOINT_URL_S3" not in os.environ:
        json.dump({"job": request["job"], "parts": len(parts), "keys": parts}, sys.stdout)
        return
    whole = b"".join(fetch(key) for key in parts)
    rows = len(whole.splitlines()) - 1
    answer = {
        "job": request["job"],
        "parts": len(parts),
        "rows": rows,
        "bytes": len(whole),
        "sha256": hashlib.sha256(whole).hexdigest(),
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
