/* SPDX-License-Identifier: BSD-2-Clause */
/* Users, groups and the session's environment: what sudo(8) leaves of them, and the way back. */
#include "collect/invoker.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What belongs to the user's session and not to root's. */
static const char *const session_variables[] = {
    "PATH",
    "DISPLAY",
    "XAUTHORITY",
    "WAYLAND_DISPLAY",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_TYPE",
    "DBUS_SESSION_BUS_ADDRESS",
    "LANG",
    "TERM",
    "COLORTERM",
};

static bool parse_id(const char *text, unsigned int *out)
{
	char *end;
	unsigned long value;

	if (!text || !*text)
		return false;
	errno = 0;
	value = strtoul(text, &end, 10);
	*out = value;
	return errno == 0 && *end == 0 && value < UINT32_MAX;
}

static void fill_from_passwd(struct invoker *who, const struct passwd *pw)
{
	snprintf(who->name, sizeof(who->name), "%s", pw ? pw->pw_name : "");
	snprintf(who->home, sizeof(who->home), "%s", pw ? pw->pw_dir : "/");
	snprintf(who->shell, sizeof(who->shell), "%s", pw ? pw->pw_shell : "/bin/sh");
	who->nr_groups = INVOKER_MAX_GROUPS;
	if (!pw || getgrouplist(pw->pw_name, who->gid, who->groups, &who->nr_groups) < 0) {
		who->groups[0] = who->gid;
		who->nr_groups = 1;
	}
}

int invoker_find(const char *name, const char *sudo_uid, const char *sudo_gid, struct invoker *out,
		 struct err *err)
{
	unsigned int uid, gid;
	struct passwd *pw;

	memset(out, 0, sizeof(*out));
	if (name) {
		pw = getpwnam(name);
		if (!pw)
			return err_set(err, EINVAL, "no user is called %s (--user)", name);
		out->uid = pw->pw_uid;
		out->gid = pw->pw_gid;
	} else if (geteuid() == 0 && parse_id(sudo_uid, &uid) && parse_id(sudo_gid, &gid)) {
		out->uid = uid;
		out->gid = gid;
		pw = getpwuid(uid);
	} else {
		out->uid = getuid();
		out->gid = getgid();
		pw = getpwuid(out->uid);
	}
	out->differs = out->uid != geteuid() || out->gid != getegid();
	if (out->differs && geteuid() != 0)
		return err_set(err, EPERM, "only root can run COMMAND as %s",
			       name ? name : "another user");
	fill_from_passwd(out, pw);
	return 0;
}

int invoker_assume(const struct invoker *who, struct err *err)
{
	if (!who->differs)
		return 0;
	if (setgroups(who->nr_groups, who->groups) < 0 || setegid(who->gid) < 0 ||
	    seteuid(who->uid) < 0)
		return err_set(err, errno, "cannot act as uid %u: %s", who->uid, strerror(errno));
	return 0;
}

int invoker_become(const struct invoker *who, struct err *err)
{
	if (!who->differs)
		return 0;
	if (seteuid(0) < 0 || setgroups(who->nr_groups, who->groups) < 0 ||
	    setresgid(who->gid, who->gid, who->gid) < 0 ||
	    setresuid(who->uid, who->uid, who->uid) < 0)
		return err_set(err, errno, "cannot become uid %u: %s", who->uid, strerror(errno));
	if (who->uid != 0 && setuid(0) == 0)
		return err_set(err, EPERM, "cannot give up root's rights");
	return 0;
}

/* Parent of a process from /proc/PID/stat, 0 at the end. */
static pid_t parent_of(pid_t pid)
{
	char path[64], text[512];
	char *after;
	int fd, parent = 0;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = 0;
	after = strrchr(text, ')'); /* comm may hold anything */
	if (!after || sscanf(after + 1, " %*c %d", &parent) != 1)
		return 0;
	return parent;
}

static void take_variables(const char *environ_bytes, size_t len)
{
	for (size_t at = 0; at < len; at += strlen(environ_bytes + at) + 1) {
		const char *entry = environ_bytes + at;

		for (size_t i = 0; i < sizeof(session_variables) / sizeof(*session_variables);
		     i++) {
			size_t name_len = strlen(session_variables[i]);

			if (strncmp(entry, session_variables[i], name_len) == 0 &&
			    entry[name_len] == '=')
				setenv(session_variables[i], entry + name_len + 1, 1);
		}
	}
}

/* The nearest ancestor that runs as the user is the shell that sudo was typed into. */
static void take_session(const struct invoker *who)
{
	static char bytes[128 << 10];

	for (pid_t pid = getppid(); pid > 1; pid = parent_of(pid)) {
		char path[64];
		struct stat st;
		ssize_t len;
		int fd;

		snprintf(path, sizeof(path), "/proc/%d/environ", pid);
		if (stat(path, &st) < 0 || st.st_uid != who->uid)
			continue;
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		len = read(fd, bytes, sizeof(bytes) - 1);
		close(fd);
		if (len <= 0)
			continue;
		bytes[len] = 0;
		take_variables(bytes, len);
		return;
	}
}

void invoker_set_environment(const struct invoker *who)
{
	char runtime[64];

	if (!who->differs)
		return;
	take_session(who);
	setenv("HOME", who->home, 1);
	setenv("SHELL", who->shell, 1);
	if (who->name[0]) {
		setenv("USER", who->name, 1);
		setenv("LOGNAME", who->name, 1);
	} else {
		unsetenv("USER");
		unsetenv("LOGNAME");
	}
	snprintf(runtime, sizeof(runtime), "/run/user/%u", who->uid);
	if (access(runtime, F_OK) == 0)
		setenv("XDG_RUNTIME_DIR", runtime, 0);
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	unsetenv("SUDO_USER");
	unsetenv("SUDO_COMMAND");
}
