"""For pytest: the fixture `mailbox` is a mail server for one test.

It listens on localhost:mailbox.port.  After the 250 the message is stored, so a test
does not have to wait: mailbox.messages() returns all messages.
"""
import email
import email.policy
import socket
import subprocess
import threading

import pytest


class Mailbox:
    def __init__(self, folder):
        self.folder = folder
        self.sessions = []
        self.answer("@example.org ./all/")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def answer(self, *lines):
        """Sets the lines of users.txt, from the next session on."""
        (self.folder / "users.txt").write_text("\n".join(lines) + "\n")

    def messages(self):
        return [email.message_from_bytes(file.read_bytes(),
                                         policy=email.policy.default)
                for file in sorted(self.folder.glob("mail/*/new/*"))]

    def listen(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, open(self.folder / "log", "a") as log:
                self.sessions.append(subprocess.Popen(
                    ["smtp-stdio", "--no-sync"], cwd=self.folder,
                    stdin=connection, stdout=connection, stderr=log))

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
