#!/usr/bin/env python3
"""Records canonical-json.json and signatures.json beside this file.

    python3 test/vectors/record.py

What is recorded is Python's own answer, so that the tests hold our code to it where no Python is
installed. Only the standard library is used and the seed is fixed: a run that changes a file
means that Python, or this script, has changed.

Each text is spelled as JSON.stringify spells the value, because those are the bytes that Python is
said to read: 1e16 is the integer 10000000000000000 there, and Python keeps its digits.
"""

import base64
import hashlib
import hmac
import json
import random
import struct
from pathlib import Path

HERE = Path(__file__).parent
SECRETS = ["", "s", "shared secret", "clé-ключ-鍵-🔑", "with \"quotes\" and \\", "k" * 200]


def canonical(text):
    return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))


def hmac_sha256(key, message):
    return hmac.new(key, message.encode("utf-8"), hashlib.sha256)


def javascript_number(value):
    """A double as JSON.stringify writes it (ECMA-262, Number::toString)."""
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    digits = stripped.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        body = digits + "0" * (point - count)
    elif 0 < point <= 21:
        body = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        body = "0." + "0" * -point + digits
    else:
        power = point - 1
        tail = f".{digits[1:]}" if count > 1 else ""
        body = f"{digits[0]}{tail}e{'+' if power > 0 else '-'}{abs(power)}"
    return sign + body


def from_bits(bits):
    return struct.unpack(">d", struct.pack(">Q", bits))[0]


def numbers(rng):
    powers_of_ten = [float(f"1e{power}") for power in [*range(-12, 26), -324 + 16, 300, 308]]
    fractions = [float(f"{digits}e{power}") for digits in (1.5, 1.2345678901234567, 9.999999999999999)
                 for power in (-300, -8, -7, -6, -5, -4, -3, -1, 0, 3, 14, 15, 16, 17, 20, 21, 22, 300)]
    edges = [0.0, -0.0, 0.1 + 0.2, 1 / 3, 0.00009999999999999999, 5e-324, 2.2250738585072014e-308,
             1.7976931348623157e308, 2.0**52 - 0.5, 2.0**52 + 1, 2.0**53 - 1, 2.0**53, 2.0**53 + 2,
             123456789012345680000.0, 999999999999999900000.0, 4503599627370495.5, 2.0**-44, 2.0**-1074]
    random_bits = [value for value in (from_bits(rng.getrandbits(64)) for _ in range(60))
                   if value == value and abs(value) != float("inf")]
    values = powers_of_ten + fractions + edges + random_bits
    return [javascript_number(signed) for value in values for signed in (value, -value)]


def strings(rng):
    every_control = ["".join(chr(code) for code in range(start, start + 8)) for start in range(0, 40, 8)]
    chosen = ["", " ", "plain", "\"", "\\", "/", "</script>", "\b\f\n\r\t\v", "~\x7f\x80\x9f\xa0\xff",
              "\u0100", "\u2028\u2029", "\ufeff", "\ud7ff\ue000\uffff", "e\u0301", "日本語", "\U0001f600",
              "\U00010000\U0010ffff", "\ud800", "\udbff", "\udc00", "\udfff", "a\ud83d", "\ude00a",
              "\ude00\ud83d", "\ud83d \ude00", "\ud83d\ud83d"]
    # A high surrogate before a low one would be read back as one character: that is astral, above.
    pool = [*range(0x20, 0x7f), *range(0x7f, 0x180), 0xd83d, 0xe000, 0xffff, 0x1f600, 0x10ffff]
    mixed = ["".join(chr(rng.choice(pool)) for _ in range(rng.randrange(1, 12))) for _ in range(30)]
    return [json.dumps(text) for text in every_control + chosen + mixed]


def objects(rng):
    traps = ["", "a", "A", "aa", "b", "10", "9", "_", "__proto__", "constructor", "toJSON", "\x7f", "é",
             "\ud7ff", "\ud800", "\udbff", "\udc00", "\udfff", "\ue000", "\uffff", "\U00010000",
             "\U0001f600", "\U0010ffff", "\ud83d\ue000", "\U0001f600a", "a\U0001f600", "a\uffff", "a\ud83d"]
    samples = [rng.sample(traps, rng.randrange(1, 9)) for _ in range(60)] + [traps, traps[::-1]]
    return [json.dumps({key: index for index, key in enumerate(keys)}) for keys in samples]


def nested(rng, depth=0):
    kind = rng.randrange(4 if depth < 4 else 2)
    if kind == 0:
        return rng.choice(["null", "true", "false", javascript_number(rng.uniform(-1e6, 1e6))])
    if kind == 1:
        return json.dumps(rng.choice(["", "text", "é", "\U0001f600", "line\nbreak"]))
    items = [nested(rng, depth + 1) for _ in range(rng.randrange(5))]
    if kind == 2:
        return f"[{', '.join(items)}]"
    keys = rng.sample(["id", "é", "z", "Z", "\U0001f600", "\uffff"], len(items))
    return "{" + ", ".join(f"{json.dumps(key)}: {item}" for key, item in zip(keys, items)) + "}"


def payloads():
    return [
        '{"event": "memory.updated", "memory_id": "m-1", "user_id": "u-1", '
        '"timestamp": "2026-01-02T03:04:05+00:00", "snapshot": {"content": "caf\\u00e9", "importance": 0.5}, '
        '"previous_state": {"content": "tea", "importance": 0.00001}, "source": "import"}',
        '{"event":"memory.forgotten","memory_id":"","user_id":"","timestamp":""}',
        "{}", "[]", "[[]]", "[{}]", '{"a":{"b":{"c":[]}}}', " [ 1 , 2 ] ", "[" * 100 + "]" * 100,
    ]


def unique(texts):
    return list(dict.fromkeys(texts))


def standard_webhooks(secret, key, message_id, timestamp, body):
    digest = hmac_sha256(key, f"{message_id}.{timestamp}.{body}").digest()
    return {"secret": secret, "messageId": message_id, "timestampSeconds": timestamp, "body": body,
            "signature": "v1," + base64.b64encode(digest).decode("ascii")}


def standard_webhooks_vectors(rng):
    vectors = []
    for index, length in enumerate([24, 25, 26, 32, 63, 64]):
        key = rng.randbytes(length)
        secret = "whsec_" + base64.b64encode(key).decode("ascii")
        vectors.append(standard_webhooks(secret, key, f"msg_{index}", 1700000000 + index, canonical(payloads()[0])))
    too_short = "whsec_" + base64.b64encode(rng.randbytes(23)).decode("ascii")
    too_long = "whsec_" + base64.b64encode(rng.randbytes(65)).decode("ascii")
    for secret in [*SECRETS, too_short, too_long, "whsec_", "whsec_not base64"]:
        vectors.append(standard_webhooks(secret, secret.encode("utf-8"), "msg_é", 0, "é"))
    return vectors


def write(name, content):
    (HERE / name).write_text(json.dumps(content, indent=1) + "\n", encoding="ascii")


def main():
    rng = random.Random(20260102)
    groups = {
        "numbers": unique(numbers(rng)),
        "strings": unique(strings(rng)),
        "objects": unique(objects(rng)),
        "nested": unique(payloads() + [nested(rng) for _ in range(120)]),
    }
    write("canonical-json.json", {
        name: [{"text": text, "canonical": canonical(text)} for text in texts] for name, texts in groups.items()
    })
    signed = groups["nested"] + groups["strings"] + groups["numbers"][::4] + groups["objects"][::2]
    write("signatures.json", {
        "kemi": [
            {"text": text, "secret": secret,
             "signature": hmac_sha256(secret.encode("utf-8"), canonical(text)).hexdigest()}
            for index, text in enumerate(signed)
            for secret in (SECRETS if index < 9 else [SECRETS[index % len(SECRETS)]])
        ],
        "standardWebhooks": standard_webhooks_vectors(rng),
    })


if __name__ == "__main__":
    main()
