"""The sessions that tests/faults/faults plays: recipients, way of delivery, what
the programs do, and a client that records the replies."""
import re
import select

PATIENCE = 20  # seconds until a session counts as hanging

BODIES = [b"Subject: one\n\n" + b"".join(b"%07d %s\n" % (i, b"x" * 70)
                                         for i in range(2000)),
          b"Subject: two\n\nHey there!\n.\n..\nend\n"]
LISTED = """bob@x.org
carol@x.org
dave@x.org
both@x.org  bob@x.org dave@x.org
two@x.org  bob@x.org carol@x.org
run@x.org  |DIR/run DIR
proxied@x.org  |DIR/run DIR 192.0.2.7
each@x.org  ||DIR/run-all DIR
also@x.org  ||DIR/run-all DIR
"""
LEADS = {"both": ["bob", "dave"], "two": ["bob", "carol"], "proxied": ["run"],
         "each": ["run"], "also": ["run"]}

# The programs: each keeps its standard input below DIR/ran, if the rest of what it
# gets is right.
PROGRAMS = {
    "run": """#!/bin/sh
[ -z "$2" ] || [ "$2" = "$CLIENT_ADDRESS" ] || exit 75
cat >"$1/part.$$" && mv "$1/part.$$" "$1/ran/$$"
""",
    "run-all": """#!/bin/sh
case $(tr '\\0' , <&3) in
Fann@example.net,Teach@x.org,, | Fann@example.net,Teach@x.org,Talso@x.org,,) ;;
*) exit 75 ;;
esac
cat >"$1/part.$$" && mv "$1/part.$$" "$1/ran/$$"
""",
    "tls": """#!/bin/sh
exec "$@"
""",
}


class Scenario:
    def __init__(self, name, rcpts, *traits):
        self.name, self.rcpts, self.traits = name, rcpts.split(), traits
        self.lmtp = "lmtp" in traits
        self.options = ["--lmtp"] * self.lmtp
        self.starts_tls = "starts-tls" in traits
        self.has_monitor = bool({"offers-tls", "starts-tls", "commands"} & set(traits))
        self.options += ["--tls=/bin/true"] * ("offers-tls" in traits)
        self.options += ["--tls=DIR/tls"] * self.starts_tls
        self.options += ["--proxy"] * ("proxy" in traits)
        self.options += ["--tls-on"] * ("tls" in traits)
        self.options += ["--commands", "--command-time=2"] * ("commands" in traits)


SCENARIOS = [
    Scenario("data", "bob carol"),
    Scenario("pipelined", "bob carol", "pipelined", "made"),
    Scenario("bdat", "bob carol", "bdat", "made"),
    Scenario("lmtp", "bob carol", "lmtp"),
    Scenario("lmtp-bdat", "bob carol", "lmtp", "bdat", "made"),
    Scenario("alias", "both carol", "made"),
    Scenario("lmtp-alias", "both bob", "lmtp", "made"),
    Scenario("command", "run bob", "commands", "made"),
    Scenario("lmtp-command", "bob run", "lmtp", "commands", "made"),
    Scenario("for-all", "each also", "commands"),
    Scenario("lmtp-for-all", "each bob", "lmtp", "commands", "made"),
    Scenario("proxy", "proxied bob", "proxy", "commands", "made"),
    Scenario("tls", "bob carol", "offers-tls", "made"),
    Scenario("starttls", "bob carol", "starts-tls", "made"),
    Scenario("starttls-command", "run bob", "starts-tls", "commands", "made"),
    Scenario("within-tls", "bob carol", "tls"),
    Scenario("named", "bob carol", "named", "made"),
    Scenario("lmtp-named", "bob carol", "lmtp", "named", "made"),
    Scenario("copy", "bob carol", "commands", "far", "made"),
    Scenario("copy-for-all", "each two", "commands", "far", "made"),
    Scenario("named-copy", "bob carol", "commands", "named", "far", "made"),
]


class Silence(Exception):
    """The connection has ended."""


class Client:
    def __init__(self, sock):
        self.sock, self.unread, self.said = sock, b"", []
        self.owed = "the greeting"

    def send(self, octets, what=None):
        if what:
            self.owed = what
            self.said.append("C: " + what)
        try:
            self.sock.sendall(octets)
        except OSError:
            pass  # reply() will notice

    def reply(self):
        while True:
            line, end, rest = self.unread.partition(b"\r\n")
            if not end:
                if not select.select([self.sock], [], [], PATIENCE)[0]:
                    raise TimeoutError
                try:
                    got = self.sock.recv(65536)
                except ConnectionError:
                    got = b""
                if not got:
                    raise Silence
                self.unread += got
                continue
            self.unread = rest
            self.said.append("S: " + line.decode())
            if line[3:4] != b"-":
                self.owed = None
                if line.startswith(b"421"):
                    raise Silence
                return line.decode()

    def ask(self, command):
        self.send(command.encode() + b"\r\n", command)
        return self.reply()


class Session:
    """The result of the session: fates[T][RCPT] is yes, no, or open, for each
    recipient of transaction T."""

    def __init__(self, scenario, sock, announces):
        self.scenario, self.client = scenario, Client(sock)
        self.announces = announces
        self.fates = [{}, {}]
        self.refusals = []  # (phase, reply)
        self.tls = False

    def waits_for_helper(self):
        """It sent its first command to the TLS helper, and has no answer."""
        return self.tls and self.client.said[-2].startswith("S: 220")

    def judge(self, phase, reply, good="250"):
        if reply.startswith(good):
            return True
        self.refusals.append((phase, reply))
        return False

    def hold(self):
        c = self.client
        hello = "LHLO c" if self.scenario.lmtp else "EHLO c"
        try:
            if "proxy" in self.scenario.traits:
                c.send(b"PROXY TCP4 192.0.2.7 192.0.2.8 1234 25\r\n")
            c.reply()
            self.judge("hello", c.ask(hello))
            if self.scenario.starts_tls and \
                    self.judge("tls", c.ask("STARTTLS"), "220"):
                self.tls = True
                self.judge("hello", c.ask(hello))
            for t in (0, 1):
                self.transact(t)
            self.judge("quit", c.ask("QUIT"), "221")
            c.reply()
        except Silence:
            pass

    def transact(self, t):
        c, fate = self.client, self.fates[t]
        commands = ["MAIL FROM:<ann@example.net>"]
        if self.announces:
            commands[0] += f" SIZE={len(BODIES[t])}"
        commands += [f"RCPT TO:<{rcpt}@x.org>" for rcpt in self.scenario.rcpts]
        if "pipelined" in self.scenario.traits:
            commands.append("DATA")
            c.send("".join(f"{line}\r\n" for line in commands).encode(), "a group")
            replies = [c.reply() for line in commands]
        else:
            replies = [c.ask(line) for line in commands]
        self.judge("mail", replies[0])
        for rcpt, reply in zip(self.scenario.rcpts, replies[1:]):
            if self.judge("rcpt", reply):
                fate[rcpt] = "no"
        if not fate:  # DATA of a group got its 554 already
            self.judge("rset", c.ask("RSET"))
            return
        if "bdat" in self.scenario.traits:
            self.send_chunks(fate, BODIES[t].replace(b"\n", b"\r\n"))
            return
        reply = replies[-1] if "DATA" in commands else c.ask("DATA")
        if not self.judge("data", reply, "354"):
            self.judge("rset", c.ask("RSET"))
            return
        message = re.sub(rb"(?m)^\.", b"..", BODIES[t]).replace(b"\n", b"\r\n")
        self.end(fate, message + b".\r\n", f"message {t + 1}")

    def send_chunks(self, fate, octets):
        cut = len(octets) // 2
        command = b"BDAT %d\r\n" % cut
        self.client.send(command + octets[:cut], f"BDAT {cut}")
        if not self.judge("data", self.client.reply()):
            self.judge("rset", self.client.ask("RSET"))
            return
        command = b"BDAT %d LAST\r\n" % (len(octets) - cut)
        self.end(fate, command + octets[cut:], f"BDAT {len(octets) - cut} LAST")

    def end(self, fate, octets, what):
        for rcpt in fate:
            fate[rcpt] = "open"
        self.client.send(octets, what)
        for rcpts in [[r] for r in fate] if self.scenario.lmtp else [list(fate)]:
            reply = self.client.reply()
            good = self.judge("end", reply, "250 2.0.0 OK; Message Accepted")
            for rcpt in rcpts:
                fate[rcpt] = "yes" if good else "no"
            self.client.owed = what
        self.client.owed = None
