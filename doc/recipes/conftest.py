"""For pytest: the fixture `mailbox` is a mail server for one test.

It listens on localhost:mailbox.port and accepts every address, user and password.
After the 250 the message is stored: mailbox.messages() returns all, in the order in
which they were sent.  mailbox.wait(n, seconds) waits for what a test did not start
itself.
"""
import email
import email.policy
import socket
import subprocess
import threading
import time

import pytest


class Mailbox:
    def __init__(self, folder):
        self.folder = folder
        self.sessions = []
        self.answer()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def answer(self, *lines):
        """Sets the lines of users.txt for single addresses, from the next session
        on."""
        (self.folder / "users.txt").write_text("".join(f"{line}\n" for line in lines))

    def messages(self):
        """The names begin with the time, to the microsecond."""
        files = sorted(self.folder.glob("mail/*/new/*"), key=lambda file: file.name)
        return [email.message_from_bytes(file.read_bytes(),
                                         policy=email.policy.default)
                for file in files]

    def wait(self, n, seconds=10):
        """Returns all messages as soon as there are at least N."""
        end = time.monotonic() + seconds
        while len(self.messages()) < n:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(self.messages())} messages, not {n}, "
                                   f"after {seconds} s; log:\n{self.log()}")
            time.sleep(0.02)
        return self.messages()

    def log(self):
        file = self.folder / "log"
        return file.read_text() if file.exists() else ""

    def listen(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, open(self.folder / "log", "a") as log:
                self.sessions.append(subprocess.Popen(
                    ["smtp-stdio", "--catch", "--users=users.txt", "--no-sync"],
                    cwd=self.folder, stdin=connection, stdout=connection, stderr=log))

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for session in self.sessions:
            session.terminate()
            session.wait()


@pytest.fixture
def mailbox(tmp_path):
    box = Mailbox(tmp_path)
    yield box
    box.close()
