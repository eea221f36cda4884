# SPDX-License-Identifier: BSD-2-Clause
"""Recording on other kernels, with more cores: each boots in QEMU with the programs built here, and no network.

usage: tests/kernels.py BUILD [VERSION...]     such as 6.1 6.12: Debian's cloud kernels, which apt downloads
Needs the packages qemu-system-x86 and cpio.

A guest records workloads and sends the traces through its second serial port; they are judged here. It has no KVM
and no disk: some two minutes each.
"""
import glob
import gzip
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile

VERSIONS = sys.argv[2:] or ["6.1", "6.12"]
del sys.argv[2:]
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "live"))
from live import BUILD, CONCTRACE, DIR, check, finish, path, report, run, skip, sums_hold, workload  # noqa: E402

CPUS = 8
RUNS = {
    "lock": "lock",
    "pool": "pool",
    "fork": "fork",
    "pi": "mutex --kind=pi --threads 8 --rounds 20",
    "all": "mutex --threads 4 --rounds 20",
    "deadlock": "deadlock",
    "coroutines": "coroutines",
    "marks": "marks",
}
OPTIONS = {"all": "--futex=all", "deadlock": "--on-deadlock=kill", "pool": "-a"}
INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; mount -t tmpfs t /tmp
mkdir -p /sys/fs/bpf /sys/kernel/tracing; mount -t bpf b /sys/fs/bpf; mount -t tracefs t /sys/kernel/tracing
export PATH=/bin HOME=/tmp; cd /tmp; ip link set lo up
conctrace doctor > doctor 2>&1
RUNS
stty -F /dev/ttyS1 raw 2>/dev/null
tar c doctor *.said *.ctr | gzip -1 > /dev/ttyS1
poweroff -f
"""


def unpack(package, into):
    """A Debian package that apt knows, unpacked there; False if there is none."""
    os.makedirs(into, exist_ok=True)
    if run("apt-get", "download", "-qq", package, cwd=into, timeout=600).returncode != 0:
        return False
    return run("dpkg-deb", "-x", glob.glob(f"{into}/*.deb")[0], into).returncode == 0


def kernel(version):
    """Its newest package's file to boot, or None."""
    found = run("apt-cache", "pkgnames", "linux-image-" + version).stdout.split()
    found = [p for p in found if re.fullmatch(rf"linux-image-{re.escape(version)}[.0-9]*[-+][^ ]*cloud-amd64", p)]
    found.sort(key=lambda name: [int(n) for n in re.findall(r"\d+", name)])
    where = path(version)
    if not found or not unpack(found[-1], where):
        return None
    return glob.glob(f"{where}/boot/vmlinuz-*")[0]


def initramfs():
    root = path("root")
    for name in ("bin", "proc", "sys", "dev", "tmp"):
        os.makedirs(f"{root}/{name}", exist_ok=True)
    unpack("busybox-static", path("busybox"))
    programs = {CONCTRACE} | {workload(command.split()[0]) for command in RUNS.values()}
    for program in programs | {path("busybox/bin/busybox")}:
        shutil.copy(program, f"{root}/bin")
    for library in {l for p in programs for l in re.findall(r"(/\S+) \(0x", run("ldd", p).stdout)}:
        os.makedirs(os.path.dirname(root + library), exist_ok=True)
        shutil.copy(library, root + library)
    lines = [f"conctrace record {OPTIONS.get(name, '')} -o {name}.ctr -- {command} > {name}.said 2>&1; "
             f"echo status $? >> {name}.said" for name, command in RUNS.items()]
    with open(f"{root}/init", "w", encoding="ascii") as init:
        init.write(INIT.replace("RUNS", "\n".join(lines)))
    os.chmod(f"{root}/init", 0o755)
    names = [os.path.relpath(os.path.join(d, f), root) for d, dirs, files in os.walk(root) for f in dirs + files]
    archive = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root, input="\n".join(names).encode(),
                             stdout=subprocess.PIPE, check=True).stdout
    with open(path("initrd"), "wb") as out:
        out.write(gzip.compress(archive, 1))
    return path("initrd")


def boot(image, initrd):
    """What the guest sent, unpacked into a folder of its own; the console's last lines if it sent nothing."""
    sent = path("sent")
    console = run("qemu-system-x86_64", "-smp", CPUS, "-m", 2048, "-kernel", image, "-initrd", initrd, "-append",
                  "console=ttyS0 panic=-1", "-display", "none", "-serial", "stdio", "-serial", f"file:{sent}",
                  "-no-reboot", timeout=900).stdout
    try:
        with open(sent, "rb") as data, tarfile.open(fileobj=io.BytesIO(gzip.decompress(data.read()))) as files:
            shutil.rmtree(path("guest"), ignore_errors=True)
            files.extractall(path("guest"))
        return True, ""
    except (OSError, EOFError, tarfile.TarError) as error:
        return False, f"{error}\n{console[-1500:]}"


def judge(version, name):
    with open(path(f"guest/{name}.said"), encoding="utf-8", errors="replace") as f:
        said = f.read()
    what = f"Linux {version}: {name}"
    if name in ("coroutines", "marks") and "marks and coroutines need Linux" in said:
        skip(what, "needs Linux 6.10 or preempt=voluntary")
        return
    rep = report(path(f"guest/{name}.ctr")) if os.path.exists(path(f"guest/{name}.ctr")) else None
    check(f"{what}: recorded, nothing lost", rep and rep["trace"]["lost_records"] == 0, said)
    if not rep:
        return
    check(f"{what}: every nanosecond is in one state", not sums_hold(rep), sums_hold(rep))
    check(f"{what}: all cores are there", len(rep["cpus"]) == CPUS, rep["cpus"])
    if name in ("lock", "pi", "all"):
        holders = json.dumps(rep["locks"])
        check(f"{what}: the lock's holders are mostly known from its memory",
              any(h["measured_ns"] * 2 > h["waited_on_ns"] for l in rep["locks"] for h in l["holders"]), holders)
    if name == "deadlock":
        check(f"{what}: said while it happens, and ended", "Deadlock: 2 threads wait" in said, said)


def test(version, initrd):
    image = kernel(version)
    if not image:
        skip(f"Linux {version}", "apt has no such cloud kernel")
        return
    booted, why = boot(image, initrd)
    if "Oops: int3" in why:  # QEMU without KVM now and then runs a kernel's code while it is being patched
        print(f"# Linux {version}: the emulator tripped over patched code, once more: {why}")
        booted, why = boot(image, initrd)
    check(f"Linux {version}: boots, and sends its traces", booted, why)
    if not booted:
        return
    with open(path("guest/doctor"), encoding="utf-8") as f:
        doctor = f.read()
    check(f"Linux {version}: the doctor finds nothing amiss", "\nNO " not in doctor, doctor)
    for name in RUNS:
        judge(version, name)


missing = [tool for tool in ("qemu-system-x86_64", "cpio", "apt-get") if not shutil.which(tool)]
if missing:
    skip("all", "needs " + ", ".join(missing))
    finish()
INITRD = initramfs()
for v in VERSIONS:
    test(v, INITRD)
finish()
