# SPDX-License-Identifier: BSD-2-Clause
"""subprocess: run other programs, read their output, their exit status, and kill what takes too long."""
import subprocess

import truth

truth.lesson(__doc__)
truth.name("caller")
good = subprocess.run(["sh", "-c", "echo one; sleep 0.1; echo two; sleep 0.1; echo three"], capture_output=True,
                      check=False)
bad = subprocess.run(["sh", "-c", "echo oops; exit 3"], capture_output=True, check=False)
try:
    subprocess.run(["/no/such/program"], check=False)
except FileNotFoundError as error:
    missing = error
try:
    subprocess.run(["sleep", "60"], timeout=0.3, check=False)
except subprocess.TimeoutExpired as error:
    late = error
print(f"subprocess: {good.returncode}, {bad.returncode}, {missing.strerror}, {late.cmd[0]} killed, "
      f"{len(good.stdout + bad.stdout)} bytes of output")
truth.count("bytes", len(good.stdout + bad.stdout))
truth.finish()
