/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork, stop, become the user, exec; and the errno of an exec that failed, through a pipe. Stopped
 * is what COMMAND is in its trace until it is let go, and no wait of its own; the pipe holds it if
 * anybody else continues it.
 */
#include "collect/target.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/section.h"

#define HEAD_LEN            256 /* of a file: as much as the kernel looks at for its interpreter */
#define FIRST_PID_NAMESPACE 0xeffffffc /* PID_NS_INIT_INO of linux/nsfs.h, the same since 3.8 */

/* Stands still until the byte comes; false: conctrace gave up, or is gone. */
static bool wait_stopped(int go_fd, pid_t parent)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGCONT);
	if (getppid() == parent)
		raise(SIGSTOP);
	prctl(PR_SET_PDEATHSIG, 0);
	return read(go_fd, &byte, 1) == 1;
}

static void __attribute__((noreturn))
child_main(char **argv, const struct invoker *who, const struct target_signals *before, int go_fd,
	   int exec_fd, pid_t parent)
{
	struct err err = {0};
	int code;

	if (before->ignores_children)
		signal(SIGCHLD, SIG_IGN);
	sigprocmask(SIG_SETMASK, &before->mask, NULL);
	if (!wait_stopped(go_fd, parent))
		_exit(125);
	if (invoker_become(who, &err) == 0) {
		invoker_set_environment(who);
		execvp(argv[0], argv);
	}
	code = errno;
	if (write(exec_fd, &code, sizeof(code)) != sizeof(code))
		_exit(125);
	_exit(code == ENOENT ? 127 : 126);
}

int target_launch(char **argv, const struct invoker *who, bool keep_stdout,
		  const struct target_signals *before, struct target *out, struct err *err)
{
	int go[2], exec[2], status;
	pid_t pid, parent = getpid();

	if (pipe2(go, O_CLOEXEC) < 0)
		return err_set(err, errno, "cannot make a pipe: %s", strerror(errno));
	if (pipe2(exec, O_CLOEXEC) < 0) {
		close(go[0]);
		close(go[1]);
		return err_set(err, errno, "cannot make a pipe: %s", strerror(errno));
	}
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		close(exec[0]);
		if (!keep_stdout)
			dup2(STDERR_FILENO, STDOUT_FILENO);
		child_main(argv, who, before, go[0], exec[1], parent);
	}
	close(go[0]);
	close(exec[1]);
	if (pid < 0) {
		close(go[1]);
		close(exec[0]);
		return err_set(err, errno, "cannot fork: %s", strerror(errno));
	}
	*out = (struct target){.pid = pid, .go_fd = go[1], .exec_fd = exec[0]};
	while (waitpid(pid, &status, WUNTRACED | WCONTINUED) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		out->pid = 0;
		return err_set(err, ESRCH, "%s was killed before it could start", argv[0]);
	}
	return 0;
}

/* The first bytes of what is taken for a program, as a text; false: there is no such file. */
static bool read_head(const char *path, char head[HEAD_LEN])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t len = fd < 0 ? -1 : read(fd, head, HEAD_LEN - 1);

	head[len > 0 ? len : 0] = 0;
	if (fd >= 0)
		close(fd);
	return len > 0;
}

/* What the file has to say to it. */
static int explain_file(const char *command, int code, struct err *err)
{
	char head[HEAD_LEN], interpreter[HEAD_LEN];
	bool is_read = read_head(command, head);
	struct stat st;

	if (is_read && strncmp(head, FILE_MAGIC, FILE_MAGIC_LEN) == 0)
		return err_set(err, code, "cannot run %s: it is a trace (conctrace view %s)",
			       command, command);
	if (!strchr(command, '/') || stat(command, &st) < 0)
		return err_set(err, code, "cannot run %s: %s", command,
			       code == ENOENT ? "no such program" : strerror(code));
	if (S_ISDIR(st.st_mode))
		return err_set(err, code, "cannot run %s: it is a directory", command);
	if (code == ENOENT && is_read && sscanf(head, "#! %255s", interpreter) == 1)
		return err_set(err, code,
			       "cannot run %s: its interpreter %s is not there (see its first "
			       "line)",
			       command, interpreter);
	if (code == ENOENT)
		return err_set(err, code,
			       "cannot run %s: the loader that it names is not there (readelf -l "
			       "shows it)",
			       command);
	if (code == EACCES && S_ISREG(st.st_mode) && !(st.st_mode & 0111))
		return err_set(err, code,
			       "cannot run %s: it is not executable (chmod +x, if it "
			       "is a program)",
			       command);
	return err_set(err, code, "cannot run %s: %s", command, strerror(code));
}

int target_go(struct target *t, const char *command, struct err *err)
{
	int code = 0;
	ssize_t len;

	if (write(t->go_fd, "g", 1) != 1)
		return err_set(err, errno, "%s was killed before it could start", command);
	close(t->go_fd);
	t->go_fd = -1;
	kill(t->pid, SIGCONT); /* everybody may, within a session */
	do {
		len = read(t->exec_fd, &code, sizeof(code));
	} while (len < 0 && errno == EINTR);
	close(t->exec_fd);
	t->exec_fd = -1;
	if (len == sizeof(code)) {
		waitpid(t->pid, NULL, 0);
		t->pid = 0;
		if (!command[0])
			return err_set(err, code, "which COMMAND? its name is empty");
		return explain_file(command, code, err);
	}
	return 0;
}

void target_close(struct target *t)
{
	if (t->go_fd >= 0) {
		close(t->go_fd);
		if (t->pid > 0 && kill(t->pid, SIGCONT) == 0)
			waitpid(t->pid, NULL, 0);
		t->pid = 0;
	}
	if (t->exec_fd >= 0)
		close(t->exec_fd);
	t->go_fd = t->exec_fd = -1;
}

int target_check_numbers(struct err *err)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) < 0 || st.st_ino == FIRST_PID_NAMESPACE)
		return 0;
	return err_set(err, EOPNOTSUPP,
		       "cannot record in a PID namespace of its own, as a container has: start the "
		       "container with --pid=host, or record from outside of it");
}

int target_find(pid_t pid, pid_t *tgid, struct err *err)
{
	char path[64], line[256];
	FILE *f;
	int found = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	if (!f)
		return err_set(err, ESRCH, "no process has pid %d", pid);
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "Tgid: %d", tgid) == 1;
	fclose(f);
	return found ? 0 : err_set(err, ESRCH, "process %d has just ended", pid);
}
