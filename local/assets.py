"""`/assets/`: what CloudFront serves of the bucket of images, with the headers that it puts on it."""

from botocore.exceptions import ClientError
from flask import Flask
from flask.typing import ResponseReturnValue

from local import infrastructure

FOLDER = "assets"
SECURITY = {"x-content-type-options": "nosniff", "referrer-policy": "strict-origin-when-cross-origin"}


def application(bucket: str) -> Flask:
    app = Flask(__name__)
    s3 = infrastructure.client("s3")

    def serve(name: str) -> ResponseReturnValue:
        """403 is what S3 answers for whatever is not there to somebody who may not list the bucket."""
        try:
            found = s3.get_object(Bucket=bucket, Key=f"{FOLDER}/{name}")
        except ClientError:
            return "Access Denied", 403
        kept = {"content-type": found["ContentType"], "cache-control": found["CacheControl"], "etag": found["ETag"]}
        return found["Body"].read(), 200, {**SECURITY, **kept}

    app.add_url_rule("/<path:name>", view_func=serve)
    return app
