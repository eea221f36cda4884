/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marks: lets a program say what it does, for conctrace to show beside what the kernel saw. From
 * C89 and C++98 on, with gcc and clang; this file is all there is. A mark is a no-operation and a
 * note in the ELF file (USDT, by <sys/sdt.h> of the package systemtap-sdt-dev): below a nanosecond
 * while nobody records. Where that header is absent when compiling, or with CONCTRACE_OFF defined,
 * marks are nothing at all.
 *
 *	CONCTRACE_BEGIN("parse");               a region begins; they nest
 *	CONCTRACE_END();                        the region that began last in this thread ends
 *	CONCTRACE_REGION("parse");              from here to the end of the block
 *	CONCTRACE_INSTANT("cache miss");
 *	CONCTRACE_COUNTER("queued", n);         n: an integer
 *	CONCTRACE_COROUTINE(id, "name");        this thread runs that one from here on
 *	CONCTRACE_LOCK(&mutex, "balance");      what a lock is called, once it is made
 *
 * A coroutine's id is any pointer or integer, 0: none runs; its name may be NULL: as told before.
 * What is said of an id or an address holds until the next name for it: then it is another one.
 *
 * Names are texts that end in a zero, of which the first 63 bytes are kept. They are read when the
 * mark is reached, so they may be made at run time; but for a coroutine's they must not be NULL.
 */
#ifndef CONCTRACE_H
#define CONCTRACE_H

#if defined(__has_include) && !defined(CONCTRACE_OFF)
#if __has_include(<sys/sdt.h>)
#include <sys/sdt.h>
#define CONCTRACE_ON 1
#endif
#endif

#ifdef CONCTRACE_ON
/*
 * What a mark says is handed over in a register: a probe cannot be told to look at a variable by
 * its place in the program, as the compiler has it of a global one.
 */
static __inline__ long long conctrace_value(long long value)
{
	__asm__ __volatile__("" : "+r"(value));
	return value;
}

static __inline__ unsigned long conctrace_id(unsigned long id)
{
	__asm__ __volatile__("" : "+r"(id));
	return id;
}

/* A text that was never touched may not be in memory yet, and a probe cannot wait for it. */
static __inline__ const char *conctrace_touch(const char *name)
{
	if (name) {
		char first = *(const volatile char *)name;

		(void)first;
	}
	__asm__ __volatile__("" : "+r"(name));
	return name;
}

#define CONCTRACE_BEGIN(name)   STAP_PROBE1(conctrace, begin, conctrace_touch(name))
#define CONCTRACE_END()         STAP_PROBE(conctrace, end)
#define CONCTRACE_INSTANT(name) STAP_PROBE1(conctrace, instant, conctrace_touch(name))
#define CONCTRACE_COUNTER(name, value) \
	STAP_PROBE2(conctrace, counter, conctrace_touch(name), conctrace_value(value))
#define CONCTRACE_COROUTINE(id, name) \
	STAP_PROBE2(conctrace, coroutine, conctrace_id((unsigned long)(id)), conctrace_touch(name))
#define CONCTRACE_LOCK(address, name) \
	STAP_PROBE2(conctrace, lock, conctrace_id((unsigned long)(address)), conctrace_touch(name))
#else
/* The arguments are checked by the compiler and never evaluated. */
#define CONCTRACE_BEGIN(name)          ((void)sizeof(name))
#define CONCTRACE_END()                ((void)0)
#define CONCTRACE_INSTANT(name)        ((void)sizeof(name))
#define CONCTRACE_COUNTER(name, value) ((void)sizeof(name), (void)sizeof(value))
#define CONCTRACE_COROUTINE(id, name)  ((void)sizeof(id), (void)sizeof(name))
#define CONCTRACE_LOCK(address, name)  ((void)sizeof(address), (void)sizeof(name))
#endif

#define CONCTRACE_JOIN_(a, b) a##b
#define CONCTRACE_JOIN(a, b)  CONCTRACE_JOIN_(a, b)

#ifdef __cplusplus
struct conctrace_region {
	explicit conctrace_region(const char *name)
	{
		(void)name;
		CONCTRACE_BEGIN(name);
	}
	~conctrace_region()
	{
		CONCTRACE_END();
	}

      private:
	conctrace_region(const conctrace_region &);
	conctrace_region &operator=(const conctrace_region &);
};
#define CONCTRACE_REGION(name) conctrace_region CONCTRACE_JOIN(conctrace_region_, __LINE__)((name))
#else
static __inline__ char conctrace_region_begin(const char *name)
{
	(void)name;
	CONCTRACE_BEGIN(name);
	return 0;
}

static __inline__ void conctrace_region_end(const char *region)
{
	(void)region;
	CONCTRACE_END();
}

#define CONCTRACE_REGION(name)                                                      \
	__attribute__((cleanup(conctrace_region_end), unused)) char CONCTRACE_JOIN( \
	    conctrace_region_, __LINE__) = conctrace_region_begin(name)
#endif

#endif
