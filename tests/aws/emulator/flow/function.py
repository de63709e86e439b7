"""The user's functions: each call leaves one object under results/, named by function, job and request."""

import json
import os

import boto3


def handler(event, context):
    name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    body = json.dumps(event).encode()
    key = f"results/{name}/{event['job']}/{context.aws_request_id}.json"
    boto3.client("s3").put_object(Bucket="results", Key=key, Body=body)
    return {"job": event["job"], "parts": len(event.get("keys", []))}
