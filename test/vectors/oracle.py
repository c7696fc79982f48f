#!/usr/bin/env python3
"""Answers, line by line, what Python makes of a JSON value.

A line of stdin is the JSON array [secret, value]. The line of stdout that answers it is the kemi
signature in hex, a space, and the canonical JSON (which is ASCII and holds no line break). A line
that cannot be answered ends the process with a traceback.
"""

import hashlib
import hmac
import json
import sys

for line in sys.stdin.buffer:
    secret, value = json.loads(line)
    body = json.dumps(value, sort_keys=True, separators=(",", ":"))
    signature = hmac.new(secret.encode("utf-8"), body.encode("utf-8"), hashlib.sha256).hexdigest()
    sys.stdout.write(f"{signature} {body}\n")
    sys.stdout.flush()
