/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Made by syscalls.sh from the kernel headers: do not edit. System calls: ROW(number, name); those
 * of an architecture, and from 424 on those that all have.
 */
#ifndef MODEL_SYSCALLS_H
#define MODEL_SYSCALLS_H

/* clang-format off */

#define SYSCALLS_X86_64(ROW) \
	ROW(0, read) ROW(1, write) ROW(2, open) ROW(3, close) ROW(4, stat) ROW(5, fstat) \
	ROW(6, lstat) ROW(7, poll) ROW(8, lseek) ROW(9, mmap) ROW(10, mprotect) ROW(11, munmap) \
	ROW(12, brk) ROW(13, rt_sigaction) ROW(14, rt_sigprocmask) ROW(15, rt_sigreturn) \
	ROW(16, ioctl) ROW(17, pread64) ROW(18, pwrite64) ROW(19, readv) ROW(20, writev) \
	ROW(21, access) ROW(22, pipe) ROW(23, select) ROW(24, sched_yield) ROW(25, mremap) \
	ROW(26, msync) ROW(27, mincore) ROW(28, madvise) ROW(29, shmget) ROW(30, shmat) \
	ROW(31, shmctl) ROW(32, dup) ROW(33, dup2) ROW(34, pause) ROW(35, nanosleep) \
	ROW(36, getitimer) ROW(37, alarm) ROW(38, setitimer) ROW(39, getpid) ROW(40, sendfile) \
	ROW(41, socket) ROW(42, connect) ROW(43, accept) ROW(44, sendto) ROW(45, recvfrom) \
	ROW(46, sendmsg) ROW(47, recvmsg) ROW(48, shutdown) ROW(49, bind) ROW(50, listen) \
	ROW(51, getsockname) ROW(52, getpeername) ROW(53, socketpair) ROW(54, setsockopt) \
	ROW(55, getsockopt) ROW(56, clone) ROW(57, fork) ROW(58, vfork) ROW(59, execve) \
	ROW(60, exit) ROW(61, wait4) ROW(62, kill) ROW(63, uname) ROW(64, semget) ROW(65, semop) \
	ROW(66, semctl) ROW(67, shmdt) ROW(68, msgget) ROW(69, msgsnd) ROW(70, msgrcv) \
	ROW(71, msgctl) ROW(72, fcntl) ROW(73, flock) ROW(74, fsync) ROW(75, fdatasync) \
	ROW(76, truncate) ROW(77, ftruncate) ROW(78, getdents) ROW(79, getcwd) ROW(80, chdir) \
	ROW(81, fchdir) ROW(82, rename) ROW(83, mkdir) ROW(84, rmdir) ROW(85, creat) ROW(86, link) \
	ROW(87, unlink) ROW(88, symlink) ROW(89, readlink) ROW(90, chmod) ROW(91, fchmod) \
	ROW(92, chown) ROW(93, fchown) ROW(94, lchown) ROW(95, umask) ROW(96, gettimeofday) \
	ROW(97, getrlimit) ROW(98, getrusage) ROW(99, sysinfo) ROW(100, times) ROW(101, ptrace) \
	ROW(102, getuid) ROW(103, syslog) ROW(104, getgid) ROW(105, setuid) ROW(106, setgid) \
	ROW(107, geteuid) ROW(108, getegid) ROW(109, setpgid) ROW(110, getppid) ROW(111, getpgrp) \
	ROW(112, setsid) ROW(113, setreuid) ROW(114, setregid) ROW(115, getgroups) \
	ROW(116, setgroups) ROW(117, setresuid) ROW(118, getresuid) ROW(119, setresgid) \
	ROW(120, getresgid) ROW(121, getpgid) ROW(122, setfsuid) ROW(123, setfsgid) \
	ROW(124, getsid) ROW(125, capget) ROW(126, capset) ROW(127, rt_sigpending) \
	ROW(128, rt_sigtimedwait) ROW(129, rt_sigqueueinfo) ROW(130, rt_sigsuspend) \
	ROW(131, sigaltstack) ROW(132, utime) ROW(133, mknod) ROW(134, uselib) \
	ROW(135, personality) ROW(136, ustat) ROW(137, statfs) ROW(138, fstatfs) ROW(139, sysfs) \
	ROW(140, getpriority) ROW(141, setpriority) ROW(142, sched_setparam) \
	ROW(143, sched_getparam) ROW(144, sched_setscheduler) ROW(145, sched_getscheduler) \
	ROW(146, sched_get_priority_max) ROW(147, sched_get_priority_min) \
	ROW(148, sched_rr_get_interval) ROW(149, mlock) ROW(150, munlock) ROW(151, mlockall) \
	ROW(152, munlockall) ROW(153, vhangup) ROW(154, modify_ldt) ROW(155, pivot_root) \
	ROW(156, _sysctl) ROW(157, prctl) ROW(158, arch_prctl) ROW(159, adjtimex) \
	ROW(160, setrlimit) ROW(161, chroot) ROW(162, sync) ROW(163, acct) ROW(164, settimeofday) \
	ROW(165, mount) ROW(166, umount2) ROW(167, swapon) ROW(168, swapoff) ROW(169, reboot) \
	ROW(170, sethostname) ROW(171, setdomainname) ROW(172, iopl) ROW(173, ioperm) \
	ROW(174, create_module) ROW(175, init_module) ROW(176, delete_module) \
	ROW(177, get_kernel_syms) ROW(178, query_module) ROW(179, quotactl) ROW(180, nfsservctl) \
	ROW(181, getpmsg) ROW(182, putpmsg) ROW(183, afs_syscall) ROW(184, tuxcall) \
	ROW(185, security) ROW(186, gettid) ROW(187, readahead) ROW(188, setxattr) \
	ROW(189, lsetxattr) ROW(190, fsetxattr) ROW(191, getxattr) ROW(192, lgetxattr) \
	ROW(193, fgetxattr) ROW(194, listxattr) ROW(195, llistxattr) ROW(196, flistxattr) \
	ROW(197, removexattr) ROW(198, lremovexattr) ROW(199, fremovexattr) ROW(200, tkill) \
	ROW(201, time) ROW(202, futex) ROW(203, sched_setaffinity) ROW(204, sched_getaffinity) \
	ROW(205, set_thread_area) ROW(206, io_setup) ROW(207, io_destroy) ROW(208, io_getevents) \
	ROW(209, io_submit) ROW(210, io_cancel) ROW(211, get_thread_area) ROW(212, lookup_dcookie) \
	ROW(213, epoll_create) ROW(214, epoll_ctl_old) ROW(215, epoll_wait_old) \
	ROW(216, remap_file_pages) ROW(217, getdents64) ROW(218, set_tid_address) \
	ROW(219, restart_syscall) ROW(220, semtimedop) ROW(221, fadvise64) ROW(222, timer_create) \
	ROW(223, timer_settime) ROW(224, timer_gettime) ROW(225, timer_getoverrun) \
	ROW(226, timer_delete) ROW(227, clock_settime) ROW(228, clock_gettime) \
	ROW(229, clock_getres) ROW(230, clock_nanosleep) ROW(231, exit_group) ROW(232, epoll_wait) \
	ROW(233, epoll_ctl) ROW(234, tgkill) ROW(235, utimes) ROW(236, vserver) ROW(237, mbind) \
	ROW(238, set_mempolicy) ROW(239, get_mempolicy) ROW(240, mq_open) ROW(241, mq_unlink) \
	ROW(242, mq_timedsend) ROW(243, mq_timedreceive) ROW(244, mq_notify) \
	ROW(245, mq_getsetattr) ROW(246, kexec_load) ROW(247, waitid) ROW(248, add_key) \
	ROW(249, request_key) ROW(250, keyctl) ROW(251, ioprio_set) ROW(252, ioprio_get) \
	ROW(253, inotify_init) ROW(254, inotify_add_watch) ROW(255, inotify_rm_watch) \
	ROW(256, migrate_pages) ROW(257, openat) ROW(258, mkdirat) ROW(259, mknodat) \
	ROW(260, fchownat) ROW(261, futimesat) ROW(262, newfstatat) ROW(263, unlinkat) \
	ROW(264, renameat) ROW(265, linkat) ROW(266, symlinkat) ROW(267, readlinkat) \
	ROW(268, fchmodat) ROW(269, faccessat) ROW(270, pselect6) ROW(271, ppoll) \
	ROW(272, unshare) ROW(273, set_robust_list) ROW(274, get_robust_list) ROW(275, splice) \
	ROW(276, tee) ROW(277, sync_file_range) ROW(278, vmsplice) ROW(279, move_pages) \
	ROW(280, utimensat) ROW(281, epoll_pwait) ROW(282, signalfd) ROW(283, timerfd_create) \
	ROW(284, eventfd) ROW(285, fallocate) ROW(286, timerfd_settime) ROW(287, timerfd_gettime) \
	ROW(288, accept4) ROW(289, signalfd4) ROW(290, eventfd2) ROW(291, epoll_create1) \
	ROW(292, dup3) ROW(293, pipe2) ROW(294, inotify_init1) ROW(295, preadv) ROW(296, pwritev) \
	ROW(297, rt_tgsigqueueinfo) ROW(298, perf_event_open) ROW(299, recvmmsg) \
	ROW(300, fanotify_init) ROW(301, fanotify_mark) ROW(302, prlimit64) \
	ROW(303, name_to_handle_at) ROW(304, open_by_handle_at) ROW(305, clock_adjtime) \
	ROW(306, syncfs) ROW(307, sendmmsg) ROW(308, setns) ROW(309, getcpu) \
	ROW(310, process_vm_readv) ROW(311, process_vm_writev) ROW(312, kcmp) \
	ROW(313, finit_module) ROW(314, sched_setattr) ROW(315, sched_getattr) ROW(316, renameat2) \
	ROW(317, seccomp) ROW(318, getrandom) ROW(319, memfd_create) ROW(320, kexec_file_load) \
	ROW(321, bpf) ROW(322, execveat) ROW(323, userfaultfd) ROW(324, membarrier) \
	ROW(325, mlock2) ROW(326, copy_file_range) ROW(327, preadv2) ROW(328, pwritev2) \
	ROW(329, pkey_mprotect) ROW(330, pkey_alloc) ROW(331, pkey_free) ROW(332, statx) \
	ROW(333, io_pgetevents) ROW(334, rseq)

#define SYSCALLS_I386(ROW) \
	ROW(0, restart_syscall) ROW(1, exit) ROW(2, fork) ROW(3, read) ROW(4, write) ROW(5, open) \
	ROW(6, close) ROW(7, waitpid) ROW(8, creat) ROW(9, link) ROW(10, unlink) ROW(11, execve) \
	ROW(12, chdir) ROW(13, time) ROW(14, mknod) ROW(15, chmod) ROW(16, lchown) ROW(17, break) \
	ROW(18, oldstat) ROW(19, lseek) ROW(20, getpid) ROW(21, mount) ROW(22, umount) \
	ROW(23, setuid) ROW(24, getuid) ROW(25, stime) ROW(26, ptrace) ROW(27, alarm) \
	ROW(28, oldfstat) ROW(29, pause) ROW(30, utime) ROW(31, stty) ROW(32, gtty) \
	ROW(33, access) ROW(34, nice) ROW(35, ftime) ROW(36, sync) ROW(37, kill) ROW(38, rename) \
	ROW(39, mkdir) ROW(40, rmdir) ROW(41, dup) ROW(42, pipe) ROW(43, times) ROW(44, prof) \
	ROW(45, brk) ROW(46, setgid) ROW(47, getgid) ROW(48, signal) ROW(49, geteuid) \
	ROW(50, getegid) ROW(51, acct) ROW(52, umount2) ROW(53, lock) ROW(54, ioctl) \
	ROW(55, fcntl) ROW(56, mpx) ROW(57, setpgid) ROW(58, ulimit) ROW(59, oldolduname) \
	ROW(60, umask) ROW(61, chroot) ROW(62, ustat) ROW(63, dup2) ROW(64, getppid) \
	ROW(65, getpgrp) ROW(66, setsid) ROW(67, sigaction) ROW(68, sgetmask) ROW(69, ssetmask) \
	ROW(70, setreuid) ROW(71, setregid) ROW(72, sigsuspend) ROW(73, sigpending) \
	ROW(74, sethostname) ROW(75, setrlimit) ROW(76, getrlimit) ROW(77, getrusage) \
	ROW(78, gettimeofday) ROW(79, settimeofday) ROW(80, getgroups) ROW(81, setgroups) \
	ROW(82, select) ROW(83, symlink) ROW(84, oldlstat) ROW(85, readlink) ROW(86, uselib) \
	ROW(87, swapon) ROW(88, reboot) ROW(89, readdir) ROW(90, mmap) ROW(91, munmap) \
	ROW(92, truncate) ROW(93, ftruncate) ROW(94, fchmod) ROW(95, fchown) ROW(96, getpriority) \
	ROW(97, setpriority) ROW(98, profil) ROW(99, statfs) ROW(100, fstatfs) ROW(101, ioperm) \
	ROW(102, socketcall) ROW(103, syslog) ROW(104, setitimer) ROW(105, getitimer) \
	ROW(106, stat) ROW(107, lstat) ROW(108, fstat) ROW(109, olduname) ROW(110, iopl) \
	ROW(111, vhangup) ROW(112, idle) ROW(113, vm86old) ROW(114, wait4) ROW(115, swapoff) \
	ROW(116, sysinfo) ROW(117, ipc) ROW(118, fsync) ROW(119, sigreturn) ROW(120, clone) \
	ROW(121, setdomainname) ROW(122, uname) ROW(123, modify_ldt) ROW(124, adjtimex) \
	ROW(125, mprotect) ROW(126, sigprocmask) ROW(127, create_module) ROW(128, init_module) \
	ROW(129, delete_module) ROW(130, get_kernel_syms) ROW(131, quotactl) ROW(132, getpgid) \
	ROW(133, fchdir) ROW(134, bdflush) ROW(135, sysfs) ROW(136, personality) \
	ROW(137, afs_syscall) ROW(138, setfsuid) ROW(139, setfsgid) ROW(140, _llseek) \
	ROW(141, getdents) ROW(142, _newselect) ROW(143, flock) ROW(144, msync) ROW(145, readv) \
	ROW(146, writev) ROW(147, getsid) ROW(148, fdatasync) ROW(149, _sysctl) ROW(150, mlock) \
	ROW(151, munlock) ROW(152, mlockall) ROW(153, munlockall) ROW(154, sched_setparam) \
	ROW(155, sched_getparam) ROW(156, sched_setscheduler) ROW(157, sched_getscheduler) \
	ROW(158, sched_yield) ROW(159, sched_get_priority_max) ROW(160, sched_get_priority_min) \
	ROW(161, sched_rr_get_interval) ROW(162, nanosleep) ROW(163, mremap) ROW(164, setresuid) \
	ROW(165, getresuid) ROW(166, vm86) ROW(167, query_module) ROW(168, poll) \
	ROW(169, nfsservctl) ROW(170, setresgid) ROW(171, getresgid) ROW(172, prctl) \
	ROW(173, rt_sigreturn) ROW(174, rt_sigaction) ROW(175, rt_sigprocmask) \
	ROW(176, rt_sigpending) ROW(177, rt_sigtimedwait) ROW(178, rt_sigqueueinfo) \
	ROW(179, rt_sigsuspend) ROW(180, pread64) ROW(181, pwrite64) ROW(182, chown) \
	ROW(183, getcwd) ROW(184, capget) ROW(185, capset) ROW(186, sigaltstack) \
	ROW(187, sendfile) ROW(188, getpmsg) ROW(189, putpmsg) ROW(190, vfork) \
	ROW(191, ugetrlimit) ROW(192, mmap2) ROW(193, truncate64) ROW(194, ftruncate64) \
	ROW(195, stat64) ROW(196, lstat64) ROW(197, fstat64) ROW(198, lchown32) ROW(199, getuid32) \
	ROW(200, getgid32) ROW(201, geteuid32) ROW(202, getegid32) ROW(203, setreuid32) \
	ROW(204, setregid32) ROW(205, getgroups32) ROW(206, setgroups32) ROW(207, fchown32) \
	ROW(208, setresuid32) ROW(209, getresuid32) ROW(210, setresgid32) ROW(211, getresgid32) \
	ROW(212, chown32) ROW(213, setuid32) ROW(214, setgid32) ROW(215, setfsuid32) \
	ROW(216, setfsgid32) ROW(217, pivot_root) ROW(218, mincore) ROW(219, madvise) \
	ROW(220, getdents64) ROW(221, fcntl64) ROW(224, gettid) ROW(225, readahead) \
	ROW(226, setxattr) ROW(227, lsetxattr) ROW(228, fsetxattr) ROW(229, getxattr) \
	ROW(230, lgetxattr) ROW(231, fgetxattr) ROW(232, listxattr) ROW(233, llistxattr) \
	ROW(234, flistxattr) ROW(235, removexattr) ROW(236, lremovexattr) ROW(237, fremovexattr) \
	ROW(238, tkill) ROW(239, sendfile64) ROW(240, futex) ROW(241, sched_setaffinity) \
	ROW(242, sched_getaffinity) ROW(243, set_thread_area) ROW(244, get_thread_area) \
	ROW(245, io_setup) ROW(246, io_destroy) ROW(247, io_getevents) ROW(248, io_submit) \
	ROW(249, io_cancel) ROW(250, fadvise64) ROW(252, exit_group) ROW(253, lookup_dcookie) \
	ROW(254, epoll_create) ROW(255, epoll_ctl) ROW(256, epoll_wait) ROW(257, remap_file_pages) \
	ROW(258, set_tid_address) ROW(259, timer_create) ROW(260, timer_settime) \
	ROW(261, timer_gettime) ROW(262, timer_getoverrun) ROW(263, timer_delete) \
	ROW(264, clock_settime) ROW(265, clock_gettime) ROW(266, clock_getres) \
	ROW(267, clock_nanosleep) ROW(268, statfs64) ROW(269, fstatfs64) ROW(270, tgkill) \
	ROW(271, utimes) ROW(272, fadvise64_64) ROW(273, vserver) ROW(274, mbind) \
	ROW(275, get_mempolicy) ROW(276, set_mempolicy) ROW(277, mq_open) ROW(278, mq_unlink) \
	ROW(279, mq_timedsend) ROW(280, mq_timedreceive) ROW(281, mq_notify) \
	ROW(282, mq_getsetattr) ROW(283, kexec_load) ROW(284, waitid) ROW(286, add_key) \
	ROW(287, request_key) ROW(288, keyctl) ROW(289, ioprio_set) ROW(290, ioprio_get) \
	ROW(291, inotify_init) ROW(292, inotify_add_watch) ROW(293, inotify_rm_watch) \
	ROW(294, migrate_pages) ROW(295, openat) ROW(296, mkdirat) ROW(297, mknodat) \
	ROW(298, fchownat) ROW(299, futimesat) ROW(300, fstatat64) ROW(301, unlinkat) \
	ROW(302, renameat) ROW(303, linkat) ROW(304, symlinkat) ROW(305, readlinkat) \
	ROW(306, fchmodat) ROW(307, faccessat) ROW(308, pselect6) ROW(309, ppoll) \
	ROW(310, unshare) ROW(311, set_robust_list) ROW(312, get_robust_list) ROW(313, splice) \
	ROW(314, sync_file_range) ROW(315, tee) ROW(316, vmsplice) ROW(317, move_pages) \
	ROW(318, getcpu) ROW(319, epoll_pwait) ROW(320, utimensat) ROW(321, signalfd) \
	ROW(322, timerfd_create) ROW(323, eventfd) ROW(324, fallocate) ROW(325, timerfd_settime) \
	ROW(326, timerfd_gettime) ROW(327, signalfd4) ROW(328, eventfd2) ROW(329, epoll_create1) \
	ROW(330, dup3) ROW(331, pipe2) ROW(332, inotify_init1) ROW(333, preadv) ROW(334, pwritev) \
	ROW(335, rt_tgsigqueueinfo) ROW(336, perf_event_open) ROW(337, recvmmsg) \
	ROW(338, fanotify_init) ROW(339, fanotify_mark) ROW(340, prlimit64) \
	ROW(341, name_to_handle_at) ROW(342, open_by_handle_at) ROW(343, clock_adjtime) \
	ROW(344, syncfs) ROW(345, sendmmsg) ROW(346, setns) ROW(347, process_vm_readv) \
	ROW(348, process_vm_writev) ROW(349, kcmp) ROW(350, finit_module) ROW(351, sched_setattr) \
	ROW(352, sched_getattr) ROW(353, renameat2) ROW(354, seccomp) ROW(355, getrandom) \
	ROW(356, memfd_create) ROW(357, bpf) ROW(358, execveat) ROW(359, socket) \
	ROW(360, socketpair) ROW(361, bind) ROW(362, connect) ROW(363, listen) ROW(364, accept4) \
	ROW(365, getsockopt) ROW(366, setsockopt) ROW(367, getsockname) ROW(368, getpeername) \
	ROW(369, sendto) ROW(370, sendmsg) ROW(371, recvfrom) ROW(372, recvmsg) ROW(373, shutdown) \
	ROW(374, userfaultfd) ROW(375, membarrier) ROW(376, mlock2) ROW(377, copy_file_range) \
	ROW(378, preadv2) ROW(379, pwritev2) ROW(380, pkey_mprotect) ROW(381, pkey_alloc) \
	ROW(382, pkey_free) ROW(383, statx) ROW(384, arch_prctl) ROW(385, io_pgetevents) \
	ROW(386, rseq) ROW(393, semget) ROW(394, semctl) ROW(395, shmget) ROW(396, shmctl) \
	ROW(397, shmat) ROW(398, shmdt) ROW(399, msgget) ROW(400, msgsnd) ROW(401, msgrcv) \
	ROW(402, msgctl) ROW(403, clock_gettime64) ROW(404, clock_settime64) \
	ROW(405, clock_adjtime64) ROW(406, clock_getres_time64) ROW(407, clock_nanosleep_time64) \
	ROW(408, timer_gettime64) ROW(409, timer_settime64) ROW(410, timerfd_gettime64) \
	ROW(411, timerfd_settime64) ROW(412, utimensat_time64) ROW(413, pselect6_time64) \
	ROW(414, ppoll_time64) ROW(416, io_pgetevents_time64) ROW(417, recvmmsg_time64) \
	ROW(418, mq_timedsend_time64) ROW(419, mq_timedreceive_time64) ROW(420, semtimedop_time64) \
	ROW(421, rt_sigtimedwait_time64) ROW(422, futex_time64) \
	ROW(423, sched_rr_get_interval_time64)

#define SYSCALLS_AARCH64(ROW) \
	ROW(0, io_setup) ROW(1, io_destroy) ROW(2, io_submit) ROW(3, io_cancel) \
	ROW(4, io_getevents) ROW(5, setxattr) ROW(6, lsetxattr) ROW(7, fsetxattr) ROW(8, getxattr) \
	ROW(9, lgetxattr) ROW(10, fgetxattr) ROW(11, listxattr) ROW(12, llistxattr) \
	ROW(13, flistxattr) ROW(14, removexattr) ROW(15, lremovexattr) ROW(16, fremovexattr) \
	ROW(17, getcwd) ROW(18, lookup_dcookie) ROW(19, eventfd2) ROW(20, epoll_create1) \
	ROW(21, epoll_ctl) ROW(22, epoll_pwait) ROW(23, dup) ROW(24, dup3) ROW(25, fcntl) \
	ROW(26, inotify_init1) ROW(27, inotify_add_watch) ROW(28, inotify_rm_watch) ROW(29, ioctl) \
	ROW(30, ioprio_set) ROW(31, ioprio_get) ROW(32, flock) ROW(33, mknodat) ROW(34, mkdirat) \
	ROW(35, unlinkat) ROW(36, symlinkat) ROW(37, linkat) ROW(38, renameat) ROW(39, umount2) \
	ROW(40, mount) ROW(41, pivot_root) ROW(42, nfsservctl) ROW(43, statfs) ROW(44, fstatfs) \
	ROW(45, truncate) ROW(46, ftruncate) ROW(47, fallocate) ROW(48, faccessat) ROW(49, chdir) \
	ROW(50, fchdir) ROW(51, chroot) ROW(52, fchmod) ROW(53, fchmodat) ROW(54, fchownat) \
	ROW(55, fchown) ROW(56, openat) ROW(57, close) ROW(58, vhangup) ROW(59, pipe2) \
	ROW(60, quotactl) ROW(61, getdents64) ROW(62, lseek) ROW(63, read) ROW(64, write) \
	ROW(65, readv) ROW(66, writev) ROW(67, pread64) ROW(68, pwrite64) ROW(69, preadv) \
	ROW(70, pwritev) ROW(71, sendfile) ROW(72, pselect6) ROW(73, ppoll) ROW(74, signalfd4) \
	ROW(75, vmsplice) ROW(76, splice) ROW(77, tee) ROW(78, readlinkat) ROW(79, newfstatat) \
	ROW(80, fstat) ROW(81, sync) ROW(82, fsync) ROW(83, fdatasync) ROW(84, sync_file_range) \
	ROW(85, timerfd_create) ROW(86, timerfd_settime) ROW(87, timerfd_gettime) \
	ROW(88, utimensat) ROW(89, acct) ROW(90, capget) ROW(91, capset) ROW(92, personality) \
	ROW(93, exit) ROW(94, exit_group) ROW(95, waitid) ROW(96, set_tid_address) \
	ROW(97, unshare) ROW(98, futex) ROW(99, set_robust_list) ROW(100, get_robust_list) \
	ROW(101, nanosleep) ROW(102, getitimer) ROW(103, setitimer) ROW(104, kexec_load) \
	ROW(105, init_module) ROW(106, delete_module) ROW(107, timer_create) \
	ROW(108, timer_gettime) ROW(109, timer_getoverrun) ROW(110, timer_settime) \
	ROW(111, timer_delete) ROW(112, clock_settime) ROW(113, clock_gettime) \
	ROW(114, clock_getres) ROW(115, clock_nanosleep) ROW(116, syslog) ROW(117, ptrace) \
	ROW(118, sched_setparam) ROW(119, sched_setscheduler) ROW(120, sched_getscheduler) \
	ROW(121, sched_getparam) ROW(122, sched_setaffinity) ROW(123, sched_getaffinity) \
	ROW(124, sched_yield) ROW(125, sched_get_priority_max) ROW(126, sched_get_priority_min) \
	ROW(127, sched_rr_get_interval) ROW(128, restart_syscall) ROW(129, kill) ROW(130, tkill) \
	ROW(131, tgkill) ROW(132, sigaltstack) ROW(133, rt_sigsuspend) ROW(134, rt_sigaction) \
	ROW(135, rt_sigprocmask) ROW(136, rt_sigpending) ROW(137, rt_sigtimedwait) \
	ROW(138, rt_sigqueueinfo) ROW(139, rt_sigreturn) ROW(140, setpriority) \
	ROW(141, getpriority) ROW(142, reboot) ROW(143, setregid) ROW(144, setgid) \
	ROW(145, setreuid) ROW(146, setuid) ROW(147, setresuid) ROW(148, getresuid) \
	ROW(149, setresgid) ROW(150, getresgid) ROW(151, setfsuid) ROW(152, setfsgid) \
	ROW(153, times) ROW(154, setpgid) ROW(155, getpgid) ROW(156, getsid) ROW(157, setsid) \
	ROW(158, getgroups) ROW(159, setgroups) ROW(160, uname) ROW(161, sethostname) \
	ROW(162, setdomainname) ROW(163, getrlimit) ROW(164, setrlimit) ROW(165, getrusage) \
	ROW(166, umask) ROW(167, prctl) ROW(168, getcpu) ROW(169, gettimeofday) \
	ROW(170, settimeofday) ROW(171, adjtimex) ROW(172, getpid) ROW(173, getppid) \
	ROW(174, getuid) ROW(175, geteuid) ROW(176, getgid) ROW(177, getegid) ROW(178, gettid) \
	ROW(179, sysinfo) ROW(180, mq_open) ROW(181, mq_unlink) ROW(182, mq_timedsend) \
	ROW(183, mq_timedreceive) ROW(184, mq_notify) ROW(185, mq_getsetattr) ROW(186, msgget) \
	ROW(187, msgctl) ROW(188, msgrcv) ROW(189, msgsnd) ROW(190, semget) ROW(191, semctl) \
	ROW(192, semtimedop) ROW(193, semop) ROW(194, shmget) ROW(195, shmctl) ROW(196, shmat) \
	ROW(197, shmdt) ROW(198, socket) ROW(199, socketpair) ROW(200, bind) ROW(201, listen) \
	ROW(202, accept) ROW(203, connect) ROW(204, getsockname) ROW(205, getpeername) \
	ROW(206, sendto) ROW(207, recvfrom) ROW(208, setsockopt) ROW(209, getsockopt) \
	ROW(210, shutdown) ROW(211, sendmsg) ROW(212, recvmsg) ROW(213, readahead) ROW(214, brk) \
	ROW(215, munmap) ROW(216, mremap) ROW(217, add_key) ROW(218, request_key) ROW(219, keyctl) \
	ROW(220, clone) ROW(221, execve) ROW(222, mmap) ROW(223, fadvise64) ROW(224, swapon) \
	ROW(225, swapoff) ROW(226, mprotect) ROW(227, msync) ROW(228, mlock) ROW(229, munlock) \
	ROW(230, mlockall) ROW(231, munlockall) ROW(232, mincore) ROW(233, madvise) \
	ROW(234, remap_file_pages) ROW(235, mbind) ROW(236, get_mempolicy) ROW(237, set_mempolicy) \
	ROW(238, migrate_pages) ROW(239, move_pages) ROW(240, rt_tgsigqueueinfo) \
	ROW(241, perf_event_open) ROW(242, accept4) ROW(243, recvmmsg) ROW(260, wait4) \
	ROW(261, prlimit64) ROW(262, fanotify_init) ROW(263, fanotify_mark) \
	ROW(264, name_to_handle_at) ROW(265, open_by_handle_at) ROW(266, clock_adjtime) \
	ROW(267, syncfs) ROW(268, setns) ROW(269, sendmmsg) ROW(270, process_vm_readv) \
	ROW(271, process_vm_writev) ROW(272, kcmp) ROW(273, finit_module) ROW(274, sched_setattr) \
	ROW(275, sched_getattr) ROW(276, renameat2) ROW(277, seccomp) ROW(278, getrandom) \
	ROW(279, memfd_create) ROW(280, bpf) ROW(281, execveat) ROW(282, userfaultfd) \
	ROW(283, membarrier) ROW(284, mlock2) ROW(285, copy_file_range) ROW(286, preadv2) \
	ROW(287, pwritev2) ROW(288, pkey_mprotect) ROW(289, pkey_alloc) ROW(290, pkey_free) \
	ROW(291, statx) ROW(292, io_pgetevents) ROW(293, rseq) ROW(294, kexec_file_load)

#define SYSCALLS_COMMON(ROW) \
	ROW(424, pidfd_send_signal) ROW(425, io_uring_setup) ROW(426, io_uring_enter) \
	ROW(427, io_uring_register) ROW(428, open_tree) ROW(429, move_mount) ROW(430, fsopen) \
	ROW(431, fsconfig) ROW(432, fsmount) ROW(433, fspick) ROW(434, pidfd_open) \
	ROW(435, clone3) ROW(436, close_range) ROW(437, openat2) ROW(438, pidfd_getfd) \
	ROW(439, faccessat2) ROW(440, process_madvise) ROW(441, epoll_pwait2) \
	ROW(442, mount_setattr) ROW(443, quotactl_fd) ROW(444, landlock_create_ruleset) \
	ROW(445, landlock_add_rule) ROW(446, landlock_restrict_self) ROW(447, memfd_secret) \
	ROW(448, process_mrelease) ROW(449, futex_waitv) ROW(450, set_mempolicy_home_node) \
	ROW(451, cachestat) ROW(452, fchmodat2) ROW(453, map_shadow_stack) ROW(454, futex_wake) \
	ROW(455, futex_wait) ROW(456, futex_requeue) ROW(457, statmount) ROW(458, listmount) \
	ROW(459, lsm_get_self_attr) ROW(460, lsm_set_self_attr) ROW(461, lsm_list_modules) \
	ROW(462, mseal) ROW(463, setxattrat) ROW(464, getxattrat) ROW(465, listxattrat) \
	ROW(466, removexattrat) ROW(467, open_tree_attr) ROW(468, file_getattr) \
	ROW(469, file_setattr)

#endif
