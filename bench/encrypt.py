"""Encryption against age, rage, gpg and cp: ratios measured in one run, on one machine.

Usage: encrypt.py DATAWARD [MEBIBYTES] [SMALL_FILES]
"""
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

program = os.path.abspath(sys.argv[1])
size = int(sys.argv[2]) << 20 if len(sys.argv) > 2 else 1 << 30
small = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000


def run(*command, stdin=None):
    """Wall seconds, user seconds and peak memory in MiB of a command."""
    began = time.monotonic()
    child = subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{command}: {error.decode()}")
    return time.monotonic() - began, usage.ru_utime, usage.ru_maxrss / 1024


def best(runs, command, before=lambda: None):
    results = []
    for _ in range(runs):
        before()
        results.append(run(*command))
    return [min(column) for column in zip(*results)]


with tempfile.TemporaryDirectory(prefix="dataward-bench-") as folder:
    os.chdir(folder)
    run(program, "keys", "init", "--keys", "keys", "--root", f"file:{folder}/root.key", "--kit", "kit")
    block = os.urandom(1 << 20)
    with open("plain", "wb") as file:
        for _ in range(size >> 20):
            file.write(block)
    os.sync()
    gone = lambda name: (lambda: os.path.exists(name) and os.remove(name))
    idle = run(program, "keys", "status", "--keys", "keys")[1]
    copy = best(3, ["cp", "plain", "copy"], gone("copy"))
    ours = best(3, [program, "encrypt", "--keys", "keys", "plain", "-o", "plain.dw"], gone("plain.dw"))
    back = best(3, [program, "decrypt", "--keys", "keys", "plain.dw", "-o", "back"], gone("back"))
    if subprocess.run(["cmp", "plain", "back"]).returncode:
        sys.exit("what came back is not what was sealed")
    gone("back")(), gone("copy")()
    # Sealed anew for a new version of the key, read back, and put in the place of the old one.
    run(program, "keys", "rotate", "--keys", "keys")
    anew = run(program, "rewrap", "--keys", "keys", "plain.dw")
    print(f"{size >> 20} MiB          wall s  user s  MiB resident")
    print(f"cp               {copy[0]:8.2f} {copy[1]:7.2f} {copy[2]:8.0f}")
    print(f"dataward encrypt {ours[0]:8.2f} {ours[1]:7.2f} {ours[2]:8.0f}")
    print(f"dataward decrypt {back[0]:8.2f} {back[1]:7.2f} {back[2]:8.0f}   (starting up alone: user {idle:.2f} s)")
    print(f"dataward rewrap  {anew[0]:8.2f} {anew[1]:7.2f} {anew[2]:8.0f}   (with reading back)")
    print(f"wall against cp: {ours[0] / copy[0]:.2f} (goal at most 1.5); memory {ours[2]:.0f} MiB (goal at most 64)")
    peers = {}
    if shutil.which("age"):
        subprocess.run(["age-keygen", "-o", "age.key"], check=True, stderr=subprocess.DEVNULL)
        recipient = next(line.split()[-1] for line in open("age.key") if "public key" in line)
        peers["age"] = (["age", "-r", recipient, "-o", "peer", "plain"], 5)
        if shutil.which("rage"):
            peers["rage"] = (["rage", "-r", recipient, "-o", "peer", "plain"], 10)
    if shutil.which("gpg"):
        os.mkdir("gnupg", 0o700)
        gpg = ["gpg", "--homedir", "gnupg", "--batch", "--passphrase", "x", "--pinentry-mode", "loopback"]
        peers["gpg"] = (gpg + ["--cipher-algo", "AES256", "-z", "0", "-c", "-o", "peer", "plain"], 10)
    for name, (command, goal) in peers.items():
        peer = best(2, command, gone("peer"))
        print(f"{name:16} {peer[0]:8.2f} {peer[1]:7.2f} {peer[2]:8.0f}")
        print(f"user CPU of {name} against ours: {peer[1] / max(ours[1], 0.001):.1f} times (goal at least {goal})")
    for name in ("plain", "plain.dw", "peer"):
        gone(name)()

    os.mkdir("tree")
    for number in range(small):
        if number % 1000 == 0:
            os.mkdir(f"tree/{number // 1000}")
        with open(f"tree/{number // 1000}/{number}", "wb") as file:
            file.write(block[: 1000 + number % 3000])
    os.sync()
    copied = run("cp", "-r", "tree", "copies")[0]
    sealed = run(program, "encrypt", "--keys", "keys", "-r", "tree", "-o", "sealed")[0]
    print(f"{small} small files: cp -r {copied:.2f} s, dataward {sealed:.2f} s, speed {copied / sealed:.2f} of cp (goal 0.5)")
