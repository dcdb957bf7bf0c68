"""What stands before every view."""

import io
import json
import logging

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

from shop.environment import Environment
from shop.logs import REQUEST_ID, JsonFormatter


class EnvironmentTest(SimpleTestCase):
    def test_all_that_is_wrong_is_told_at_once_and_no_value(self) -> None:
        env = Environment({"DEBUG": "yes", "PORT": "x", "REDIS_URL": "http://precious"})
        read = [env.flag("DEBUG"), env.number("PORT"), env.text("SECRET_KEY"), env.words("HOSTS")]
        self.assertEqual([*read, env.redis("REDIS_URL")], [False, 0, "", [], "http://precious"])
        with self.assertRaises(ImproperlyConfigured) as told:
            env.check()
        for name in ("DEBUG", "PORT", "SECRET_KEY", "HOSTS", "REDIS_URL"):
            self.assertIn(f"`{name}`", str(told.exception))
        self.assertNotIn("precious", str(told.exception))

    def test_while_the_image_is_built_nothing_is_missing(self) -> None:
        env = Environment({"BUILDING": "1"})
        self.assertEqual(env.text("SECRET_KEY"), "")
        env.check()


class RequestTest(SimpleTestCase):
    def test_the_load_balancer_is_answered_whatever_host_it_names(self) -> None:
        for path, status in (("/api/health-check/", 200), ("/api/products/", 400)):
            with self.subTest(path):
                answer = self.client.get(path, headers={"host": "10.0.16.7:8000"})
                self.assertEqual(answer.status_code, status)

    def test_a_request_is_called_as_the_load_balancer_calls_it(self) -> None:
        for trace, wanted in (
            ("Root=1-67891233-abcdef", "1-67891233-abcdef"),
            ("Self=1-0-1;Root=1-67891233-abcdef", "1-67891233-abcdef"),
            ("Root=<script>", None),
            ("", None),
        ):
            with self.subTest(trace):
                answer = self.client.get("/nowhere/", headers={"x-amzn-trace-id": trace})
                made = answer.headers["X-Request-Id"]
                self.assertRegex(made, wanted or "^[0-9a-f]{32}$")

    def test_a_line_of_the_log_is_json_with_the_requests_id(self) -> None:
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(JsonFormatter())
        record = logging.makeLogRecord({"msg": "two\nlines of %s", "args": ("it",), "fields": {"status": 200}})
        token = REQUEST_ID.set("1-2-3")
        handler.emit(record)
        REQUEST_ID.reset(token)
        [line] = stream.getvalue().splitlines()
        said = json.loads(line)
        self.assertEqual((said["message"], said["status"], said["request_id"]), ("two\nlines of it", 200, "1-2-3"))
