// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* One object, one skeleton: a family of probes per header. */
#include "futex.bpf.h"
#include "mark.bpf.h"
#include "sched.bpf.h"
#include "task.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
