"""A headless Chromium, driven by its DevTools protocol over two pipes.

https://chromedevtools.github.io/devtools-protocol/
"""

import itertools
import json
import os
import select
import shutil
import subprocess
import time

NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]


def program():
    """The path of an installed Chromium; None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """One page in one browser. Collects what the page logs and requests."""

    def __init__(self, folder):
        # Chromium reads commands from descriptor 3 and writes answers to descriptor 4, each ends with a zero byte.
        (commands, self._commands), (self._answers, answers) = os.pipe(), os.pipe()
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe"]
        options += ["--disable-background-networking", "--disable-component-update", "--no-first-run", f"--user-data-dir={folder}"]
        # through a shell, because descriptors cannot be moved to 3 and 4 otherwise
        command = f'exec "$0" "$@" 3<&{commands} 4>&{answers}'
        self._process = subprocess.Popen(["bash", "-c", command, program(), *options, "about:blank"],
                                         pass_fds=[commands, answers], stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(answers)
        self._ids, self._buffer, self.events = itertools.count(1), b"", []
        self._session = None
        (page,) = [one for one in self.call("Target.getTargets")["targetInfos"] if one["type"] == "page"]
        self._session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(f"{domain}.enable")

    def _read(self, deadline):
        while b"\0" not in self._buffer:
            assert select.select([self._answers], [], [], max(0, deadline - time.monotonic()))[0], "Chromium does not answer"
            read = os.read(self._answers, 1 << 20)
            assert read, "Chromium has ended"
            self._buffer += read
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        """Calls a method and returns its result."""
        deadline = time.monotonic() + 60
        message = {"id": next(self._ids), "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._commands, data):]
        while True:
            answer = self._read(deadline)
            if answer.get("id") == message["id"]:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def open(self, uri):
        """Loads a page, and forgets what earlier ones did."""
        self.events.clear()
        self.call("Page.navigate", url=uri)
        deadline = time.monotonic() + 60
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._read(deadline))

    def run(self, expression):
        """The value of a JavaScript expression in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def requests(self):
        """What the page has requested."""
        return [event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"]

    def problems(self):
        """What the page has logged, and exceptions that nothing caught."""
        logged = {"Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"}
        return [event["params"] for event in self.events if event["method"] in logged]

    def close(self):
        os.close(self._commands)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._answers)
