/* SPDX-License-Identifier: BSD-2-Clause */
/* Formats: net/ipv4/tcp_ipv4.c (get_tcp4_sock), net/ipv6/tcp_ipv6.c, net/unix/af_unix.c. */
#include "collect/sockets.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_LISTEN 0x0a    /* TCP_LISTEN, include/net/tcp_states.h */
#define FLAG_LISTENS 0x10000 /* __SO_ACCEPTCON, include/linux/net.h */

/* Hexadecimal words in the machine's byte order, as the kernel prints them: "0100007F:1F90". */
static bool parse_address(const char *hex, unsigned int port, char *out, size_t len)
{
	size_t digits = strlen(hex);
	uint32_t words[4] = {0};
	char address[INET6_ADDRSTRLEN];

	if (digits != 8 && digits != 32)
		return false;
	for (size_t i = 0; i < digits / 8; i++)
		if (sscanf(hex + 8 * i, "%8" SCNx32, &words[i]) != 1)
			return false;
	/* an IPv4 address in an IPv6 socket reads as the former */
	if (digits == 32 && !words[0] && !words[1] && words[2] == htonl(0xffff)) {
		words[0] = words[3];
		digits = 8;
	}
	if (!inet_ntop(digits == 8 ? AF_INET : AF_INET6, words, address, sizeof(address)))
		return false;
	snprintf(out, len, digits == 8 ? "%s:%u" : "[%s]:%u", address, port);
	return true;
}

bool sockets_parse_inet(const char *line, const char *protocol, uint64_t *inode, char *text,
			size_t len)
{
	unsigned int port, remote_port, state;
	char local_hex[33], remote_hex[33];
	char local[64], remote[64];

	if (sscanf(line, " %*d: %32[0-9A-F]:%x %32[0-9A-F]:%x %x %*s %*s %*s %*s %*s %" SCNu64,
		   local_hex, &port, remote_hex, &remote_port, &state, inode) != 6)
		return false;
	if (!parse_address(local_hex, port, local, sizeof(local)) ||
	    !parse_address(remote_hex, remote_port, remote, sizeof(remote)))
		return false;
	if (remote_port)
		snprintf(text, len, "%s %s \xe2\x86\x92 %s", protocol, local, remote);
	else
		snprintf(text, len, "%s %s%s", protocol, local,
			 state == STATE_LISTEN ? " listening" : "");
	return *inode != 0;
}

bool sockets_parse_unix(const char *line, uint64_t *inode, char *text, size_t len)
{
	unsigned int flags;
	int path_at = 0;
	size_t path_len;

	if (sscanf(line, "%*x: %*x %*x %x %*x %*x %" SCNu64 "%n", &flags, inode, &path_at) != 2)
		return false;
	path_len = path_at ? strcspn(line + path_at, "\n") : 0;
	snprintf(text, len, "unix%.*s%s", (int)path_len, line + path_at, /* its blank included */
		 flags & FLAG_LISTENS ? " listening" : "");
	return true;
}

static int compare_facts(const void *a, const void *b)
{
	const struct socket_fact *x = a, *y = b;

	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

void sockets_sort(struct socket_fact *facts, size_t nr)
{
	qsort(facts, nr, sizeof(*facts), compare_facts);
}

struct socket_fact *sockets_find(struct socket_fact *facts, size_t nr, uint64_t inode)
{
	struct socket_fact wanted = {.inode = inode};

	return bsearch(&wanted, facts, nr, sizeof(*facts), compare_facts);
}

static void scan_table(uint32_t tid, const char *table, struct socket_fact *facts, size_t nr)
{
	char path[64], line[512], text[SOCKET_TEXT_LEN];
	char protocol[4];
	uint64_t inode;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/net/%s", tid, table);
	snprintf(protocol, sizeof(protocol), "%.3s", table);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		bool is_socket =
		    strcmp(table, "unix") == 0
			? sockets_parse_unix(line, &inode, text, sizeof(text))
			: sockets_parse_inet(line, protocol, &inode, text, sizeof(text));
		struct socket_fact *fact = is_socket ? sockets_find(facts, nr, inode) : NULL;

		if (fact)
			memcpy(fact->text, text, sizeof(text));
	}
	if (f)
		fclose(f);
}

static bool is_own_network(uint32_t tid)
{
	char path[64];
	struct stat own, other;

	snprintf(path, sizeof(path), "/proc/%u/ns/net", tid);
	return stat("/proc/self/ns/net", &own) == 0 && stat(path, &other) == 0 &&
	       own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

/* One question, one answer: no dump of all sockets. False: there is none of that inode. */
static bool ask_unix(int fd, uint64_t inode, bool *listens, uint64_t *peer,
		     char path[SOCKET_PATH_LEN])
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req req;
	} ask = {
	    .head = {.nlmsg_len = sizeof(ask),
		     .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		     .nlmsg_flags = NLM_F_REQUEST},
	    .req = {.sdiag_family = AF_UNIX,
		    .udiag_states = UINT32_MAX,
		    .udiag_ino = (uint32_t)inode,
		    .udiag_show = UDIAG_SHOW_PEER | UDIAG_SHOW_NAME,
		    .udiag_cookie = {UINT32_MAX, UINT32_MAX}},
	};
	union {
		struct nlmsghdr head;
		char bytes[1024];
	} answer;
	struct unix_diag_msg *msg = NLMSG_DATA(&answer.head);
	ssize_t len;

	*peer = 0;
	path[0] = 0;
	if (send(fd, &ask, sizeof(ask), 0) != sizeof(ask))
		return false;
	len = recv(fd, &answer, sizeof(answer), 0);
	if (len < (ssize_t)NLMSG_LENGTH(sizeof(*msg)) ||
	    answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return false;
	*listens = msg->udiag_state == STATE_LISTEN;
	len -= NLMSG_LENGTH(sizeof(*msg));
	for (struct rtattr *attr = (struct rtattr *)(msg + 1); RTA_OK(attr, len);
	     attr = RTA_NEXT(attr, len)) {
		size_t bytes = RTA_PAYLOAD(attr);

		if (attr->rta_type == UNIX_DIAG_PEER && bytes >= sizeof(uint32_t)) {
			*peer = *(uint32_t *)RTA_DATA(attr);
		} else if (attr->rta_type == UNIX_DIAG_NAME && bytes < SOCKET_PATH_LEN) {
			memcpy(path, RTA_DATA(attr), bytes);
			path[bytes] = 0;
			if (bytes && path[0] == 0)
				path[0] = '@'; /* an abstract one, as /proc/net/unix shows it */
		}
	}
	return true;
}

static void ask_unix_sockets(struct socket_fact *facts, size_t nr)
{
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	char path[SOCKET_PATH_LEN];
	bool listens;
	uint64_t peer;

	for (size_t i = 0; fd >= 0 && i < nr; i++) {
		if (facts[i].text[0] ||
		    !ask_unix(fd, facts[i].inode, &listens, &facts[i].peer, path))
			continue;
		snprintf(facts[i].text, sizeof(facts[i].text), "unix%s%s%s", path[0] ? " " : "",
			 path, listens ? " listening" : "");
		if (facts[i].peer)
			ask_unix(fd, facts[i].peer, &listens, &peer, facts[i].peer_path);
	}
	if (fd >= 0)
		close(fd);
}

unsigned int sockets_family(const char *protocol)
{
	if (strncasecmp(protocol, "tcpv6", 5) == 0)
		return SOCKETS_TCP6;
	if (strncasecmp(protocol, "tcp", 3) == 0)
		return SOCKETS_TCP;
	if (strncasecmp(protocol, "udpv6", 5) == 0)
		return SOCKETS_UDP6;
	if (strncasecmp(protocol, "udp", 3) == 0)
		return SOCKETS_UDP;
	if (strncasecmp(protocol, "unix", 4) == 0)
		return SOCKETS_UNIX;
	return protocol[0] ? 0 : SOCKETS_ALL;
}

void sockets_scan(uint32_t tid, unsigned int families, struct socket_fact *facts, size_t nr)
{
	static const struct {
		enum socket_family family;
		const char *name;
	} tables[] = {{SOCKETS_TCP, "tcp"},
		      {SOCKETS_TCP6, "tcp6"},
		      {SOCKETS_UDP, "udp"},
		      {SOCKETS_UDP6, "udp6"}};

	if (families & SOCKETS_UNIX) {
		if (is_own_network(tid))
			ask_unix_sockets(facts, nr);
		else
			scan_table(tid, "unix", facts, nr);
	}
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		if (families & tables[i].family)
			scan_table(tid, tables[i].name, facts, nr);
}
