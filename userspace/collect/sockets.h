/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Protocol and addresses of sockets by inode number, from /proc/TID/net of a task (so of its own
 * network), and the peer of a Unix socket by sock_diag(7). One scan for any number of sockets.
 */
#ifndef COLLECT_SOCKETS_H
#define COLLECT_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOCKET_TEXT_LEN 128
#define SOCKET_PATH_LEN 112 /* of struct sockaddr_un, and its closing zero */

struct socket_fact {
	uint64_t inode;
	uint64_t peer;                   /* inode of a Unix socket's other end, 0: not known */
	char peer_path[SOCKET_PATH_LEN]; /* what the other end is bound to, or "" */
	char text[SOCKET_TEXT_LEN]; /* "tcp 127.0.0.1:80 → 127.0.0.1:4321", "unix /run/x", or "" */
};

enum socket_family {
	SOCKETS_TCP = 1,
	SOCKETS_TCP6 = 2,
	SOCKETS_UDP = 4,
	SOCKETS_UDP6 = 8,
	SOCKETS_UNIX = 16,
	SOCKETS_ALL = 31,
};

/* Which of them a socket is by the kernel's name of its protocol ("TCPv6", "UNIX-STREAM"), in any
 * case; 0: another one, SOCKETS_ALL: for "". */
unsigned int sockets_family(const char *protocol);

/* By inode. */
void sockets_sort(struct socket_fact *facts, size_t nr);

/* The fact of that inode, facts: [nr] sorted. NULL: there is none. Borrowed. */
struct socket_fact *sockets_find(struct socket_fact *facts, size_t nr, uint64_t inode);

/*
 * Fills what is found of facts: [nr], sorted by inode, in the network that task tid is in, among
 * sockets of families: each table of TCP and UDP takes some milliseconds even when it is empty.
 */
void sockets_scan(uint32_t tid, unsigned int families, struct socket_fact *facts, size_t nr);

/* Parses a line of /proc/net/tcp, tcp6, udp or udp6 ("tcp", "udp": protocol) into inode and text.
 * False: it is no socket's. */
bool sockets_parse_inet(const char *line, const char *protocol, uint64_t *inode, char *text,
			size_t len);

/* The same of /proc/net/unix. */
bool sockets_parse_unix(const char *line, uint64_t *inode, char *text, size_t len);

#endif
