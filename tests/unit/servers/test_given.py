"""Servers given by URL: vhosts through the management API, and plain sentences when nobody
answers.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.servers.given import GivenPostgres, GivenRabbit
from tests.servers.server import NoServer
from tests.servers.waiting import free_port


class ManagementApi(ThreadingHTTPServer):
    """Records calls as (method, path, user, body) and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.calls: list[tuple[str, str, str | None, str]] = []
        self.status = 204

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: ManagementApi

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        self.server.calls.append((self.command, self.path, self.headers.get("authorization"), body))
        self.send_response(self.server.status)
        self.end_headers()

    do_POST = do_DELETE = answer  # noqa: N815 - the base class calls them so

    # The base class names the parameter.
    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Says nothing."""


@pytest.fixture
def management() -> Iterator[ManagementApi]:
    with ManagementApi() as api:
        thread = threading.Thread(target=api.serve_forever)
        thread.start()
        yield api
        api.shutdown()
        thread.join()


def test_vhosts_are_made_with_all_rights_for_the_urls_user(management: ManagementApi) -> None:
    rabbit = GivenRabbit("amqp://anna:se%20cret@127.0.0.1:5672/", management_url=management.url)

    rabbit.create_vhosts(["one", "two"])

    ((method, path, authorization, body),) = management.calls
    assert (method, path) == ("POST", "/api/definitions")
    assert authorization == "Basic YW5uYTpzZSBjcmV0"
    assert json.loads(body)["vhosts"] == [{"name": "one"}, {"name": "two"}]
    assert json.loads(body)["permissions"][1] == {
        "user": "anna",
        "vhost": "two",
        "configure": ".*",
        "write": ".*",
        "read": ".*",
    }


def test_each_vhost_is_deleted_by_its_name(management: ManagementApi) -> None:
    rabbit = GivenRabbit("amqp://anna:secret@127.0.0.1:5672/", management_url=management.url)

    rabbit.delete_vhosts(["one", "a/b"])

    assert [(method, path) for method, path, _, _ in management.calls] == [
        ("DELETE", "/api/vhosts/one"),
        ("DELETE", "/api/vhosts/a%2Fb"),
    ]


def test_a_refusal_of_the_management_api_says_what_to_do(management: ManagementApi) -> None:
    management.status = 401
    rabbit = GivenRabbit("amqp://anna:secret@127.0.0.1:5672/", management_url=management.url)

    with pytest.raises(NoServer, match="set SPORTELLO_TEST_BROKER_MANAGEMENT_URL") as refusal:
        rabbit.create_vhosts(["one"])

    assert "secret" not in str(refusal.value)


def test_a_broker_that_does_not_answer_is_named() -> None:
    port = free_port()

    with pytest.raises(
        NoServer, match=rf"^no RabbitMQ answers at amqp://127\.0\.0\.1:{port}; correct its URL"
    ):
        GivenRabbit(f"amqp://anna:secret@127.0.0.1:{port}/").start()


def test_a_database_server_that_does_not_answer_is_named() -> None:
    port = free_port()

    with pytest.raises(
        NoServer,
        match=(
            rf"^no PostgreSQL takes connections at postgresql://127\.0\.0\.1:{port}; correct "
            rf"its URL"
        ),
    ):
        GivenPostgres(f"postgresql://anna:secret@127.0.0.1:{port}/").start()
