"""Asks the template's project, while it runs, what the load balancer, its staff and its visitors ask.

Usage: visitor.py PORT HOST REQUEST_ID

HOST is the app's host name, and `admin` has that for a password, too. REQUEST_ID is what the upload is called in the logs.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import sys
import time
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

PHOTO = b"\x89PNG\r\n" + bytes(range(256)) * 40
BOUNDARY = "a-boundary"
# For a worker that starts, a task that it does, and beat's first tick.
SECONDS = 60


class Browser:
    """One visitor behind the load balancer, who keeps cookies."""

    def __init__(self, port: int, host: str) -> None:
        self.port = port
        self.host = host
        self.cookies: dict[str, str] = {}

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Status and text of an answer."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Host": self.host, "Cookie": cookies, "X-Forwarded-Proto": "https", "Origin": f"https://{self.host}"}
        sent |= headers or {}
        if "csrftoken" in self.cookies:
            sent["X-CSRFToken"] = self.cookies["csrftoken"]
        # Gunicorn takes the headers of a proxy on this machine for its own, and the load balancer is on another one.
        connection = http.client.HTTPConnection("127.0.0.1", self.port, SECONDS, source_address=("127.0.0.2", 0))
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            assert "secure" in cookie.lower(), f"a cookie may be sent without TLS: {cookie}"
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return answer.status, answer.read().decode()

    def send_form(self, path: str, **fields: str) -> tuple[int, str]:
        body = urlencode(fields).encode()
        return self.ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def json(self, path: str) -> Any:
        status, text = self.ask("GET", path)
        assert status == 200, f"{path}: {status} {text}"
        return json.loads(text)

    def wait(self, path: str, key: str, wanted: list[Any]) -> Any:
        """Asks until a member of the answer is among those that are wanted; with none, until there is one."""
        deadline = time.monotonic() + SECONDS
        while True:
            answer = self.json(path)
            if answer[key] in wanted if wanted else answer[key] is not None:
                return answer
            assert time.monotonic() < deadline, f"{path}: {answer}"
            time.sleep(0.1)


def main() -> None:
    port, host, request_id = sys.argv[1:]
    browser = Browser(int(port), host)
    check_load_balancer(browser)
    log_in(browser)
    product = add_product(browser)
    task = upload(browser, product, request_id)
    done = browser.wait(f"/api/tasks/{task}/", "state", ["SUCCESS", "FAILURE"])
    assert done == {"state": "SUCCESS", "result": hashlib.sha256(PHOTO).hexdigest()}, done
    told = browser.wait("/api/products/", "summary", [])["summary"]
    assert set(told) == {"products", "cheapest", "dearest", "at"}, told


def check_load_balancer(browser: Browser) -> None:
    """It asks by the task's address and without TLS; somebody else asks so for another path, and for what there is not."""
    plain = {"X-Forwarded-Proto": "http"}
    bare = plain | {"Host": "10.0.16.7:8000"}
    asked = [("/api/health-check/", bare), ("/api/products/", bare), ("/api/products/", plain)]
    statuses = [browser.ask("GET", path, headers=headers)[0] for path, headers in asked]
    statuses.append(browser.ask("GET", "/api/nowhere/")[0])
    assert statuses == [200, 400, 301, 404], statuses


def log_in(browser: Browser) -> None:
    status, page = browser.ask("GET", "/admin/login/")
    style = re.search(r'href="(/static/admin/css/base\.[0-9a-f]+\.css)"', page)
    assert status == 200 and style, f"{status} {page}"
    assert browser.ask("GET", style[1])[0] == 200, "the image has no static files"
    wrong, _ = browser.send_form("/admin/login/", username="admin", password="wrong")
    right, _ = browser.send_form("/admin/login/", username="admin", password=browser.host)
    assert (wrong, right) == (200, 302), (wrong, right)


def add_product(browser: Browser) -> int:
    status, page = browser.send_form("/admin/catalog/product/add/", name="Teapot", price="12.50")
    assert status == 302, f"{status} {page}"
    [product] = browser.json("/api/products/")["products"]
    assert (product["name"], product["price"], product["photo"]) == ("Teapot", "12.50", None), product
    return int(product["id"])


def upload(browser: Browser, product: int, request_id: str) -> str:
    """Sends a photo and fetches it from where the answer says; returns the task that reads it."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photo"; filename="teapot.png"\r\n'
    body = f"{head}Content-Type: image/png\r\n\r\n".encode() + PHOTO + f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "X-Amzn-Trace-Id": f"Self=1-0-1;Root={request_id}",
    }
    status, text = browser.ask("POST", f"/api/products/{product}/photo/", body, headers)
    assert status == 201, f"{status} {text}"
    answer = json.loads(text)
    assert "X-Amz-Signature=" in urlsplit(answer["photo"]).query, answer
    with urlopen(answer["photo"], timeout=SECONDS) as photo:
        assert photo.read() == PHOTO, "the bucket has another photo"
    return str(answer["task"])


if __name__ == "__main__":
    main()
