"""The local AWS of these tests does what they rely on, and MiniStack by itself does not."""

import socket

from local_aws import LocalAws


def test_the_tests_decide_how_long_a_connection_may_be_idle(tmp_path):
    aws = LocalAws(tmp_path, services="sts", recording=False, IDLE_SECONDS="0.5")
    try:
        with socket.create_connection(("127.0.0.1", aws.port), timeout=20) as connection:  # MiniStack waits for 75 s
            connection.sendall(b"GET /_ministack/health HTTP/1.1\r\nhost: local\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
            while connection.recv(4096):
                pass
    finally:
        aws.stop()
