# SPDX-License-Identifier: BSD-2-Clause
"""What the twins share: options, names of threads, work of known length, and the truth, as in workloads/truth.h.

Each process keeps its facts in memory and appends them to the file when it ends; a forked child begins with none.
"""
import argparse
import collections
import ctypes
import fcntl
import os
import resource
import threading
import time

MS = 1_000_000
PR_SET_NAME = 15
_libc = ctypes.CDLL(None)
_facts = []  # lines; appending is atomic under CPython's lock
_file = None
now_ns = time.monotonic_ns

# An option that is a number, where LIMITS are not its own.
Number = collections.namedtuple("Number", "default least most")
LIMITS = {int: (1, 1_000_000), float: (0.001, 600.0)}
FEW = ("children", "each", "readers", "threads", "workers")  # each is a thread or a process
MOST = 256


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"{self.prog}: {message} (see --help)\n")


def within(number):
    """Reads a number from least to most."""
    def read(text):
        value = type(number.default)(text)
        if not number.least <= value <= number.most:
            raise argparse.ArgumentTypeError(f"{text}: must be a number from {number.least} to {number.most}")
        return value

    read.__name__ = "number"
    return read


def lesson(text, joins=None, **options):
    """Reads the command line: an option per keyword, its default gives the type, a tuple gives the choices.

    joins: the option that, where it is given, says that others began the truth. With --check it exits once all is
    read: conctrace asks before it records.
    """
    global _file
    parser = Parser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in options.items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(default, tuple) and not isinstance(default, Number):
            parser.add_argument(flag, choices=default, default=default[0])
            continue
        if not isinstance(default, Number):
            least, most = LIMITS[type(default)]
            default = Number(default, least, MOST if name in FEW else most)
        parser.add_argument(flag, type=within(default), default=default.default, help=f"default {default.default}")
    parser.add_argument("--truth", metavar="FILE", help="write what really happened, a fact per line")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.check:
        raise SystemExit(0)
    _file = args.truth
    if _file and not (joins and getattr(args, joins)):
        with open(_file, "w", encoding="ascii"):
            pass
    return args


def span(kind, begin_ns, end_ns, *fields):
    if _file:
        _facts.append("\t".join(map(str, (kind, threading.get_native_id(), begin_ns, end_ns, *fields))))


def mark(kind, *fields):
    if _file:
        _facts.append("\t".join(map(str, (kind, threading.get_native_id(), now_ns(), *fields))))


def count(name, value):
    mark("count", name, value)


def name(text):
    """Names the calling thread, for the kernel and in the truth: the first thing each thread and process does."""
    _libc.prctl(PR_SET_NAME, text.encode()[:15], 0, 0, 0)
    if _file:
        _facts.append(f"task\t{threading.get_native_id()}\t{os.getpid()}\t{text[:15]}")


def burn(cpu_ns):
    """Works until the thread used cpu_ns of a core."""
    begin_ns, begin_cpu_ns = now_ns(), time.thread_time_ns()
    used_ns = 0
    while used_ns < cpu_ns:
        for _ in range(200):
            pass
        used_ns = time.thread_time_ns() - begin_cpu_ns
    span("running", begin_ns, now_ns(), used_ns)


def sleep(dur_ns):
    begin_ns = now_ns()
    time.sleep(dur_ns / 1e9)
    span("sleep", begin_ns, now_ns())


def take(lock, kind="pylock-wait"):
    """Takes a lock of threading or multiprocessing and records the wait. Returns since when it is held."""
    begin_ns = now_ns()
    if not lock.acquire(False):
        lock.acquire()
        span(kind, begin_ns, now_ns(), id(lock))
    return now_ns()


def give(lock, held_ns):
    span("pylock-held", held_ns, now_ns(), id(lock))
    lock.release()


def switches():
    used = resource.getrusage(resource.RUSAGE_THREAD)
    return used.ru_nvcsw, used.ru_nivcsw


def usage():
    """What the calling thread used so far: asked again until nothing came in between, so that all is of one moment."""
    before, after = None, switches()
    while before != after:
        before, moment_ns, cpu_ns, after = after, now_ns(), time.thread_time_ns(), switches()
    span("usage", moment_ns, cpu_ns, *after)


def end():
    """Appends this process's facts to the file: the last thing it does."""
    if _file and _facts:
        with open(_file, "a", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write("\n".join(_facts) + "\n")
    _facts.clear()


def thread(text, work, *args, daemon=False):
    """Starts a thread that names itself and does work(*args)."""
    def run():
        name(text)
        work(*args)
        usage()

    started = threading.Thread(target=run, name=text, daemon=daemon)
    started.start()
    return started


def together(*threads):
    """Waits for all of them."""
    for each in threads:
        each.join()


def process(text, work, *args):
    """For a child process: names it, does work(*args), leaves its facts."""
    name(text)
    work(*args)
    usage()
    end()


def fork(text, work, *args):
    """Forks a child that does work(*args) and exits with what it returns. Returns its pid."""
    child = os.fork()
    if child == 0:
        name(text)
        status = work(*args) or 0
        usage()
        mark("exit", status)
        end()
        os._exit(status)
    mark("fork", child)
    return child


def wait(child):
    """Waits for that child, returns its status as a shell says it."""
    begin_ns = now_ns()
    _, status = os.waitpid(child, 0)
    span("child-wait", begin_ns, now_ns(), child)
    code = os.waitstatus_to_exitcode(status)
    mark("ended", child, code if code >= 0 else 128 - code)
    return code if code >= 0 else 128 - code


def finish():
    """The end of the main process."""
    usage()
    end()


os.register_at_fork(after_in_child=_facts.clear)
