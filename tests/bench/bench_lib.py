"""Shared by tests/bench/bench and growth: servers to be measured, rounds, the
table, and the chart."""

import datetime
import glob
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("O", HERE + "/../../build"))
PROGRAM = os.path.abspath(os.environ.get("SMTP_STDIO", HERE + "/../../smtp-stdio"))
WORK = BUILD + "/bench"
CLIENT = BUILD + "/bench_client"
LIMITS = BUILD + "/limits"
UNLISTED = BUILD + "/unlisted"  # without the list of system calls


class Left(Exception):
    """A server cannot be measured; has the reason."""


class Server:
    """COMMAND speaks SMTP on its standard input and output; with PACKAGES it is
    run by tests/bench/peer.  STORE is the path of its messages, below its own."""

    def __init__(self, name, command, packages="", store=""):
        self.name, self.command = name, command
        self.packages, self.store = packages.split(), store
        self.dir = f"{WORK}/{name}"
        self.listener, self.env = None, {}

    def wrap(self, command):
        if not self.packages:
            return command
        if os.getuid() != 0:
            raise Left("it takes root")
        places = [f"{BUILD}/unpacked/{name}" for name in self.packages]
        return [HERE + "/peer", self.name, ":".join(places), self.dir, *command]

    def client(self, mode, *args, command=None):
        """The numbers that the client prints."""
        what = [CLIENT, mode, *map(str, args)]
        if self.listener:
            what += [f":{self.port}"]
        else:
            what = self.wrap(what + (command or self.command))
        try:
            done = subprocess.run(what, capture_output=True, text=True,
                                  timeout=60, env={**os.environ, **self.env})
        except subprocess.TimeoutExpired:
            raise Left("it took too long") from None
        if done.returncode != 0:
            raise Left(done.stderr.strip().split("\n")[-1] or "it failed")
        return [[float(n) for n in line.split()]
                for line in done.stdout.splitlines()]

    def clean(self):
        """Deletes its messages."""
        for path in glob.glob(f"{self.dir}/{self.store}/*"):
            os.unlink(path)

    def stop(self):
        if self.listener:
            self.listener.terminate()
            self.listener.wait()
            self.listener = None


class Daemon(Server):
    """COMMAND listens at PORT, which replaces `PORT` in its words."""

    def start(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        command = [word.replace("PORT", str(self.port))
                   for word in self.command]
        env = {**os.environ, "BENCH_PORT": str(self.port)}
        self.listener = subprocess.Popen(self.wrap(command), env=env,
                                         stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)
        for _ in range(500):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.listener.poll() is not None:
                break
            time.sleep(0.02)
        self.stop()
        raise Left("it does not listen")


def machine():
    """Machine and date, for titles."""
    with open("/proc/cpuinfo") as file:
        cpu = [line.split(":")[1].strip() for line in file
               if line.startswith("model name")]
    system = os.uname()
    place = subprocess.run(["df", "--output=fstype", WORK], text=True,
                           capture_output=True).stdout.split()[-1]
    return (f"{cpu[0] if cpu else system.machine}, {os.cpu_count()} cores, "
            f"Linux {system.release.split('-')[0]}, {place}, "
            f"{datetime.date.today()}")


def rounds(n, servers, measure):
    """Measures each server N times, in turns; returns the values by name.
    Reports and omits a server that cannot be measured."""
    values = {}
    for server in list(servers):
        values[server.name] = []
    for _ in range(n):
        for server in servers:
            if server.name not in values:
                continue
            try:
                values[server.name] += measure(server)
            except Left as why:
                print(f"  {server.name} is left out: {why}")
                del values[server.name]
            server.clean()
    return values


def number(x):
    return f"{x:,.0f}" if x >= 100 else f"{x:.3g}"


def spread(values):
    return statistics.median(values), min(values), max(values)


def report(title, unit, values, table):
    """Prints medians, minima and maxima, and adds them to TABLE."""
    print(f"{title} ({unit})")
    ours = values.get("smtp-stdio")
    for name, all_values in values.items():
        middle, low, high = spread(all_values)
        ratio = middle / statistics.median(ours) if ours else 0
        print(f"  {name:16} {number(middle):>9}  {number(low):>9} to "
              f"{number(high):<9} {ratio:8.2f}", flush=True)
        table.append((title, unit, name, f"{middle:.6g}", f"{low:.6g}",
                      f"{high:.6g}", f"{ratio:.3f}"))


def write_table(path, head, table):
    with open(path, "w") as file:
        for row in [head, *table]:
            print("\t".join(map(str, row)), file=file)
    print(f"written: {os.path.relpath(path)}")


def draw(script, **variables):
    """Runs gnuplot with SCRIPT and its variables."""
    if not shutil.which("gnuplot"):
        print("no chart: gnuplot is not installed")
        return
    settings = "; ".join(f'{k} = "{v}"' for k, v in variables.items())
    subprocess.run(["gnuplot", "-e", settings, f"{HERE}/{script}"], check=True)
    print(f"written: {os.path.relpath(variables['svg'])}")


def unpack(package):
    """Fetches a Debian package and unpacks it below the build directory."""
    script = f"PATH=$PATH; . {HERE}/../lib/net.bash && unpack {package}"
    env = {**os.environ, "O": BUILD, "BATS_TEST_DIRNAME": HERE}
    done = subprocess.run(["bash", "-c", script], env=env, timeout=300)
    return done.returncode == 0 and os.path.isdir(f"{BUILD}/unpacked/{package}")


def fail(why):
    print(why, file=sys.stderr)
    sys.exit(1)
