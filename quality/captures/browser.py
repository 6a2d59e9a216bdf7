"""A headless Chromium that is asked for one page, in bounded time, through our proxy, and is gone afterwards.

It is spoken to through a pipe (Chrome DevTools Protocol), keeps nothing, and never runs without its sandbox: where the
program itself is root, the browser runs as nobody.
"""

from __future__ import annotations

import base64
import json
import os
import pwd
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from quality.captures.models import CaptureProblem
from quality.captures.proxy import Proxy

ALL_TOGETHER = 30.0  # seconds, from the start of the browser to the picture
LOADING = 15.0  # until a page that goes on loading is taken as it is
SETTLING = 1.0  # after it has loaded: what scripts add to it
LONGEST_TEXT = 20_000
WIDTH, HEIGHT = 1280, 1600
NOBODY = "nobody"
# brings the two ends to where the browser wants them, whatever their numbers are here, and becomes who is told
LAUNCH = """
import fcntl, os, sys
reads, writes, user, group = map(int, sys.argv[1:5])
reads, writes = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (reads, writes))
os.dup2(reads, 3)
os.dup2(writes, 4)
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
os.execv(sys.argv[5], sys.argv[5:])
"""
WHAT_STANDS_THERE = f"""JSON.stringify({{
    title: document.title,
    text: document.body ? document.body.innerText.slice(0, {LONGEST_TEXT}) : ""
}})"""


class Failed(Exception):
    """Nothing was captured."""

    def __init__(self, problem: CaptureProblem) -> None:
        super().__init__(problem)
        self.problem = problem


class Page(NamedTuple):
    status: int
    address: str
    title: str
    text: str
    picture: bytes  # PNG


def capture(chromium: Path, url: str, proxy: Proxy, *, all_together: float = ALL_TOGETHER) -> Page:
    with started(chromium, proxy.port) as pipe:
        return Talk(pipe, time.monotonic() + all_together).page(url, proxy)


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


class Pipe(NamedTuple):
    reads: int
    writes: int


@contextmanager
def started(chromium: Path, port: int) -> Iterator[Pipe]:
    flags = [
        "--headless=new", "--remote-debugging-pipe", f"--proxy-server=http://127.0.0.1:{port}",
        "--proxy-bypass-list=<-loopback>", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--disable-quic", "--disable-extensions",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
        "--disable-gpu", "--mute-audio", "--hide-scrollbars", "--lang=zh-CN", f"--window-size={WIDTH},{HEIGHT}",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        who = whose(home)
        (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
        command = [sys.executable, "-IS", "-c", LAUNCH, str(theirs_in), str(theirs_out), *who, str(chromium)]
        try:
            browser = subprocess.Popen(
                [*command, *flags, f"--user-data-dir={home}", "about:blank"],
                pass_fds=(theirs_in, theirs_out),
                env={"HOME": home, "PATH": os.defpath, "LANG": "zh_CN.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        try:
            yield Pipe(ours_in, ours_out)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(browser.pid, signal.SIGKILL)
            browser.wait()
            os.close(ours_in)
            os.close(ours_out)


def whose(home: str) -> tuple[str, str]:
    """Who the browser runs as: us, or nobody where we are root."""
    if os.geteuid() != 0:
        return str(os.geteuid()), str(os.getegid())
    nobody = pwd.getpwnam(NOBODY)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return str(nobody.pw_uid), str(nobody.pw_gid)


class Talk:
    """Commands go out one at a time; what the browser tells meanwhile is kept."""

    def __init__(self, pipe: Pipe, until: float) -> None:
        self._pipe = pipe
        self._until = until
        self._read = b""
        self._sent = 0
        self._session: str | None = None
        self._told: list[dict[str, Any]] = []

    def page(self, url: str, proxy: Proxy) -> Page:
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.ask(f"{domain}.enable")
        self.ask("Page.setDownloadBehavior", behavior="deny")
        frame = self.ask("Page.navigate", url=url)["frameId"]
        self.wait_for("Page.loadEventFired", LOADING)
        self.wait_for("", SETTLING)
        answered = self.documents(frame)
        if proxy.is_full:
            raise Failed(CaptureProblem.TOO_LARGE)
        if any(host_of(asked) in proxy.refused for asked in self.asked_for(frame)):
            raise Failed(CaptureProblem.NOT_ALLOWED)
        if not answered:
            raise Failed(CaptureProblem.NO_ANSWER)
        said = json.loads(self.ask("Runtime.evaluate", expression=WHAT_STANDS_THERE)["result"]["value"])
        picture = base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])
        return Page(answered[-1]["status"], answered[-1]["url"], said["title"], said["text"], picture)

    def documents(self, frame: str) -> list[dict[str, Any]]:
        """What answered in the page's own frame, the last one last: scripts lead on."""
        return [told["response"] for told in self.told_of(frame, "Network.responseReceived")]

    def asked_for(self, frame: str) -> list[str]:
        """Where its own frame went, redirects too."""
        return [told["request"]["url"] for told in self.told_of(frame, "Network.requestWillBeSent")]

    def told_of(self, frame: str, event: str) -> list[dict[str, Any]]:
        told = [each["params"] for each in self._told if each.get("method") == event]
        return [each for each in told if each.get("type") == "Document" and each.get("frameId") == frame]

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._sent += 1
        sent: dict[str, Any] = {"id": self._sent, "method": method, "params": params}
        if self._session:
            sent["sessionId"] = self._session
        try:
            os.write(self._pipe.writes, json.dumps(sent).encode() + b"\0")
        except BrokenPipeError as gone:
            raise Failed(CaptureProblem.BROWSER) from gone
        while True:
            told = self.hear(self._until)
            if told is None:
                raise Failed(CaptureProblem.TIMEOUT)
            if told.get("id") == sent["id"]:
                if "error" in told:
                    raise Failed(CaptureProblem.BROWSER)
                answer: dict[str, Any] = told["result"]
                return answer

    def wait_for(self, event: str, seconds: float) -> None:
        until = min(self._until, time.monotonic() + seconds)
        if any(told.get("method") == event for told in self._told):
            return
        while (told := self.hear(until)) is not None:
            if told.get("method") == event:
                return

    def hear(self, until: float) -> dict[str, Any] | None:
        """The next thing that the browser says; None where it says nothing until then."""
        while b"\0" not in self._read:
            ready, _w, _x = select.select([self._pipe.reads], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                return None
            piece = os.read(self._pipe.reads, 1 << 16)
            if not piece:
                raise Failed(CaptureProblem.BROWSER)
            self._read += piece
        line, _zero, self._read = self._read.partition(b"\0")
        told: dict[str, Any] = json.loads(line)
        if told.get("method") == "Page.javascriptDialogOpening":
            self.close_dialog()
        self._told.append(told)
        return told

    def close_dialog(self) -> None:
        """A page that asks something waits for ever otherwise. The answer to this is of no interest."""
        self._sent += 1
        sent = {"id": self._sent, "method": "Page.handleJavaScriptDialog", "params": {"accept": False}}
        os.write(self._pipe.writes, json.dumps(sent | {"sessionId": self._session}).encode() + b"\0")
