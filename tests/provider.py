"""An identity provider (OpenID Connect) that believes whatever it is told to."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class Provider(ThreadingHTTPServer):
    """Says that whoever comes is `email`."""

    email = "ada@example.org"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.nonce = ""

    def token(self, client: str) -> str:
        """A signed statement of who came."""
        now = int(time.time())
        head = {"alg": "RS256", "kid": "one", "typ": "JWT"}
        claims = {"iss": self.url, "sub": "1", "aud": client, "iat": now, "exp": now + 600}
        claims |= {"nonce": self.nonce, "email": self.email}
        text = ".".join(_encoded(json.dumps(part).encode()) for part in (head, claims))
        mark = self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_encoded(mark)}"

    def keys(self) -> dict:
        """What its signatures are checked with."""
        numbers = self.key.public_key().public_numbers()
        n, e = _encoded(numbers.n.to_bytes(256, "big")), _encoded(numbers.e.to_bytes(3, "big"))
        return {
            "keys": [{"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig", "n": n, "e": e}]
        }


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        place, url = urlsplit(self.path), self.server.url
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        if place.path == "/authorize":
            self.server.nonce = asked["nonce"]
            back = urlencode({"code": "anything", "state": asked["state"]})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.end_headers()
        elif place.path == "/keys":
            self._json(self.server.keys())
        else:
            self._json(
                {
                    "issuer": url,
                    "authorization_endpoint": f"{url}/authorize",
                    "token_endpoint": f"{url}/token",
                    "jwks_uri": f"{url}/keys",
                }
            )

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        pair = base64.b64decode(self.headers["Authorization"].split()[1]).decode()
        token = self.server.token(pair.partition(":")[0])
        self._json({"access_token": "x", "token_type": "Bearer", "id_token": token})

    def _json(self, content: dict) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        """Say nothing."""


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider on a free port of this machine."""
    made = Provider()
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        thread.join()
        made.server_close()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
