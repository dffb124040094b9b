"""20 endpoints: the time of `dataward transit` against sslscan, one after the other and side by side."""

import concurrent.futures
import json
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time

PROGRAM = sys.argv[1]
COUNT = 20
MODES = [[], ["-tls1_3"], ["-tls1_2"], ["-cipher", "ALL:@SECLEVEL=0"]]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(port):
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("openssl s_server did not start")


def timed(work):
    start = time.monotonic()
    result = work()
    return time.monotonic() - start, result


def processors():
    """Seconds of processor time of the programs that ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def sslscan(address):
    return subprocess.run(["sslscan", "--no-colour", "--show-certificate", address], capture_output=True, text=True).stdout


def versions(text):
    return set(re.findall(r"(SSLv[23]|TLSv1\.[0-3])\s+enabled", text))


with tempfile.TemporaryDirectory() as folder:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=bench", "-keyout", f"{folder}/key", "-out", f"{folder}/certificate"],
        check=True, capture_output=True)
    servers, addresses = [], []
    try:
        for number in range(COUNT):
            port = free_port()
            servers.append(subprocess.Popen(
                ["openssl", "s_server", "-quiet", "-www", "-accept", f"127.0.0.1:{port}", "-cert",
                 f"{folder}/certificate", "-key", f"{folder}/key", *MODES[number % len(MODES)]],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            wait_for(port)
            addresses.append(f"127.0.0.1:{port}")
        ask = [PROGRAM, "transit", "--starttls", "none", "--format", "json", *addresses]
        before = processors()
        runs = [timed(lambda: subprocess.run(ask, capture_output=True, text=True).stdout) for _ in range(3)]
        used = (processors() - before) / len(runs)
        ours, text = min(runs, key=lambda run: run[0])
        report = json.loads(text)
        one_by_one, scans = timed(lambda: [sslscan(address) for address in addresses])
        with concurrent.futures.ThreadPoolExecutor(COUNT) as pool:
            side_by_side, _ = timed(lambda: list(pool.map(sslscan, addresses)))
        words = {"SSL 2.0": "SSLv2", "SSL 3.0": "SSLv3"}
        agree = 0
        for endpoint, scan in zip(report["endpoints"], scans):
            spoken = {words.get(known["version"], known["version"].replace("TLS ", "TLSv"))
                      for known in endpoint["versions"] if known["supported"]}
            agree += spoken == versions(scan)
        handshakes = sum(endpoint["handshakes"] for endpoint in report["endpoints"])
        print(f"transit: {COUNT} endpoints, {handshakes} handshakes")
        print(f"  dataward               {ours:6.2f} s   (goal: under 2 s; {used:.2f} s of processors)")
        print(f"  sslscan, side by side  {side_by_side:6.2f} s   {side_by_side / ours:5.1f} times")
        print(f"  sslscan, one by one    {one_by_one:6.2f} s   {one_by_one / ours:5.1f} times")
        print(f"  versions agree on {agree} of {COUNT}")
        if agree != COUNT:
            sys.exit(1)
    finally:
        for server in servers:
            server.kill()
