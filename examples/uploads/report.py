#!/usr/bin/env python3
"""Waits until every job was assembled, prints what the host says happened, and checks it against the files."""

import argparse
import hashlib
import json
import pathlib
import sys
import time
import urllib.request

CONDITION = "job_complete"
PARTS = pathlib.Path(__file__).parent / "parts"
PATIENCE_SECONDS = 30.0
# How long to go on looking after the last expected call: a second call of the same job would come at once.
GRACE_SECONDS = 0.5


def status(host: str) -> dict:
    with urllib.request.urlopen(f"{host}/status", timeout=5) as answer:
        return json.load(answer)


def expected() -> dict:
    """What the answer for each job has to be, from the files themselves."""
    jobs = {}
    for folder in sorted(PARTS.iterdir()):
        files = sorted(folder.glob("*.csv"), key=lambda file: int(file.name.split("-")[1]))
        whole = b"".join(file.read_bytes() for file in files)
        rows = len(whole.splitlines()) - 1
        digest = hashlib.sha256(whole).hexdigest()
        jobs[folder.name] = {
            "job": folder.name, "parts": len(files), "rows": rows, "bytes": len(whole), "sha256": digest,
        }
    return jobs


def wait(host: str, calls: int) -> dict:
    """The host's status once so many calls have ended, or when patience does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        told = status(host)
        if told["idle"] and len(told["calls"]) >= calls:
            time.sleep(GRACE_SECONDS)
            break
        time.sleep(0.05)
    return status(host)


def check(calls: list, jobs: dict) -> list:
    """Everything that is not as it should be."""
    wrong = []
    for job, answer in jobs.items():
        of_job = [call for call in calls if call["input"]["job"] == job]
        if len(of_job) != 1:
            wrong.append(f"job {job}: the function was called {len(of_job)} times, not once")
        for call in of_job:
            if call.get("result") != answer:
                wrong.append(f"job {job}: answered {call.get('result', call.get('error'))}, the files say {answer}")
    return wrong


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--host", required=True)
    arguments.add_argument("--started", type=float, required=True)
    arguments.add_argument("--uploads", type=int, required=True)
    options = arguments.parse_args()

    jobs = expected()
    told = wait(options.host, len(jobs))
    took = time.time() - options.started - GRACE_SECONDS
    stats, calls = told["stats"], told["calls"]
    firings = [happened for happened in told["firings"] if happened["name"] == CONDITION]
    print()
    print(f"events accepted   {stats['accepted']}  (uploads: {options.uploads})")
    print(f"counted before    {stats['ignored'] + stats['late']}  (uploaded twice)")
    print(f"duplicates        {stats['duplicates']}  (the same event delivered again)")
    print(f"dead letters      {told['dead_letters']}")
    print(f"condition fired   {stats['fired']} times")
    for firing in firings:
        print(f"  {firing['name']}  {json.dumps(firing['key'])}  {firing['at']}")
    print(f"functions called  {stats['calls']} times")
    for call in calls:
        print(f"  {call['target']}  attempt {call['attempt']}  {call['took_ms']:.0f} ms")
        print(f"    input   {json.dumps(call['input'])}")
        print(f"    result  {json.dumps(call.get('result', call.get('error')))}")
    print(f"from the first upload to the last answer: {took:.2f} s")

    wrong = check(calls, jobs)
    if stats["accepted"] != options.uploads:
        wrong.append(f"{options.uploads} uploads, but {stats['accepted']} events were accepted")
    if stats["calls"] != len(jobs):
        wrong.append(f"{stats['calls']} calls for {len(jobs)} jobs")
    if len(firings) != len(jobs):
        wrong.append(f"{len(firings)} firings for {len(jobs)} jobs")
    for line in wrong:
        print(f"WRONG: {line}", file=sys.stderr)
    if wrong:
        sys.exit(1)
    print(f"each of the {len(jobs)} jobs was assembled exactly once, from all its parts")


if __name__ == "__main__":
    main()
