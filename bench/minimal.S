/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The least a program can do: exit(0) in three instructions. No libc, so
 * that what is measured is the dispatcher and the kernel's exec, and not
 * the start-up of a C library.
 *
 *	cc -nostdlib -static -o minimal minimal.S
 */

	.text
	.globl _start
#if defined(__x86_64__)
_start:
	xorl	%edi, %edi
	movl	$60, %eax
	syscall
#elif defined(__aarch64__)
_start:
	mov	x0, #0
	mov	x8, #93
	svc	#0
#else
#error "no minimal program for this processor yet"
#endif
	.section .note.GNU-stack, "", %progbits
