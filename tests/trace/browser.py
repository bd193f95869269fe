"""Chromium without a window, for the tests of what netbox draws: one process,
driven over a pipe by the DevTools protocol.

Traces come from support/story by way of trace/draw. A page may ask nobody for
anything: that fails the test. With PICTURES=FOLDER in the environment what was
looked at is kept there, for the eye.
"""
import atexit
import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile

BOUND = 30  # seconds for an answer
SKIPPED = 77
DRAW = os.environ["DRAW"]
FOLDER = tempfile.mkdtemp()
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def draw(story, format, *options):
    """Draws a trace; the file's path."""
    path = os.path.join(FOLDER, f"{story}{''.join(options)}.{format}")
    subprocess.run([DRAW, story, path, *options], check=True, timeout=BOUND)
    return path


class Browser:
    """Use it in a with statement."""

    def __init__(self):
        program = shutil.which("chromium")
        if program is None:
            print("skipped: there is no chromium")
            sys.exit(SKIPPED)
        self._number = 0
        self._rest = b""
        self._session = None
        self.requests = []
        reads, self._write = os.pipe()
        self._read, writes = os.pipe()

        def place():
            """It reads descriptor 3 and writes 4."""
            ends = os.dup(reads), os.dup(writes)
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self._process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--hide-scrollbars",
             "--remote-debugging-pipe", f"--user-data-dir={FOLDER}/profile",
             "about:blank"],
            preexec_fn=place, close_fds=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(reads)
        os.close(writes)

    def __enter__(self):
        target = self._call("Target.createTarget", url="about:blank")
        self._session = self._call(
            "Target.attachToTarget", targetId=target["targetId"],
            flatten=True)["sessionId"]
        for domain in "Page", "Network", "Runtime":
            self._call(domain + ".enable")
        return self

    def __exit__(self, *_):
        self._session = None
        self._call("Browser.close")
        self._process.wait(BOUND)
        os.close(self._read)
        os.close(self._write)

    def _receive(self):
        """The next message."""
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], BOUND)
            assert ready, "the browser says nothing"
            piece = os.read(self._read, 65536)
            assert piece, "the browser has ended"
            self._rest += piece
        message, self._rest = self._rest.split(b"\0", 1)
        message = json.loads(message)
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        return message

    def _call(self, method, **params):
        self._number += 1
        call = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            call["sessionId"] = self._session
        os.write(self._write, json.dumps(call).encode() + b"\0")
        while True:
            message = self._receive()
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]

    def open(self, path, width=1000, height=900):
        """Shows the file, and waits until it is there."""
        self.requests.clear()
        self._call("Emulation.setDeviceMetricsOverride", width=width,
                   height=height, deviceScaleFactor=1, mobile=False)
        self._call("Page.navigate", url="file://" + path)
        while self._receive().get("method") != "Page.loadEventFired":
            pass
        assert self.requests == ["file://" + path], self.requests

    def prefer(self, scheme, media=""):
        """The viewer prefers "light" or "dark"; `media` may be "print"."""
        self._call("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": scheme}])

    def ask(self, expression):
        """What the expression of JavaScript is there."""
        result = self._call("Runtime.evaluate", expression=expression,
                            returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def press(self, *keys):
        for key in keys:
            text = key if len(key) == 1 else ""
            self._call("Input.dispatchKeyEvent", type="keyDown", key=key,
                       code=key, text=text)
            self._call("Input.dispatchKeyEvent", type="keyUp", key=key,
                       code=key)

    def click(self, x, y):
        for kind in "mousePressed", "mouseReleased":
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y,
                       button="left", clickCount=1)

    def keep_picture(self, name):
        folder = os.environ.get("PICTURES")
        if folder:
            data = self._call("Page.captureScreenshot")["data"]
            with open(os.path.join(folder, name + ".png"), "wb") as file:
                file.write(base64.b64decode(data))
