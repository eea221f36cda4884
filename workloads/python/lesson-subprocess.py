# SPDX-License-Identifier: BSD-2-Clause
"""subprocess: run other programs, read their output, their exit status, and kill what takes too long."""
import subprocess

import truth

args = truth.lesson(__doc__, time_out=truth.Number(0.3, 0.01, 60.0))
truth.name("caller")
slow = ["sh", "-c", "echo one; sleep 0.1; echo two; sleep 0.1; echo three"]
try:
    good = subprocess.run(slow, capture_output=True, timeout=args.time_out, check=False)
except subprocess.TimeoutExpired as error:
    good = subprocess.CompletedProcess(slow, "killed", error.stdout or b"", b"")
bad = subprocess.run(["sh", "-c", "echo oops; exit 3"], capture_output=True, check=False)
try:
    subprocess.run(["/no/such/program"], check=False)
except FileNotFoundError as error:
    missing = error
try:
    subprocess.run(["sleep", "60"], timeout=args.time_out, check=False)
except subprocess.TimeoutExpired as error:
    late = error
print(f"subprocess: {good.returncode}, {bad.returncode}, {missing.strerror}, {late.cmd[0]} killed, "
      f"{len(good.stdout + bad.stdout)} bytes of output")
truth.count("bytes", len(good.stdout + bad.stdout))
truth.finish()
