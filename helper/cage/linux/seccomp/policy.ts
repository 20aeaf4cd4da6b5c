/** What the filter answers. ENOSYS makes libc fall back; a kill is evidence that cannot be forged. */
export type Action = { kind: 'allow' } | { kind: 'kill' } | { kind: 'errno'; errno: number };

/** `(low word of argument & mask)` is in, or is not in, `values`. */
export interface ArgTest {
  arg: 0 | 1 | 2 | 3 | 4 | 5;
  mask: number;
  op: 'in' | 'notIn';
  values: readonly number[];
}

/** Refused with `answer` when every test of any clause holds; allowed otherwise. */
export interface ArgRule {
  refuseWhen: readonly (readonly ArgTest[])[];
  answer: Action;
}

export interface Policy {
  kill: readonly string[];
  enosys: readonly string[];
  eperm: readonly string[];
  byArgument: Readonly<Record<string, ArgRule>>;
}

/** Answers success and does nothing. */
export const IGNORED = 0;
export const EPERM = 1;
export const ENOSYS = 38;
export const EOPNOTSUPP = 95;
export const EAFNOSUPPORT = 97;

export const ALLOW: Action = { kind: 'allow' };
export const KILL: Action = { kind: 'kill' };
export const answer = (errno: number): Action => ({ kind: 'errno', errno });

const KILLED = [
  // Kernel image, modules, swap, accounting, quota.
  'kexec_load kexec_file_load init_module finit_module delete_module reboot',
  'swapon swapoff acct quotactl quotactl_fd',
  // Looking into, or steering, other processes and the kernel.
  'bpf perf_event_open ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp userfaultfd',
  'lookup_dcookie',
  // Mounts, namespaces, roots.
  'mount umount2 pivot_root fsopen fsmount fsconfig fspick move_mount open_tree open_tree_attr',
  'mount_setattr nfsservctl setns unshare chroot',
  // Handles, watches, keys.
  'open_by_handle_at fanotify_init add_key request_key keyctl',
  // Clock, names, hardware, log, terminal.
  'settimeofday clock_settime clock_settime64 sethostname setdomainname',
  'iopl ioperm modify_ldt syslog vhangup',
]
  .join(' ')
  .split(' ');

/**
 * clone3 and openat2 keep their flags in memory, where a filter cannot look: their older forms,
 * which it can judge, answer instead.
 */
const ABSENT = [
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
  'clone3',
  'memfd_secret',
  'openat2',
];

const REFUSED = [
  'name_to_handle_at vmsplice adjtimex clock_adjtime statmount listmount move_pages migrate_pages',
  'set_mempolicy_home_node process_madvise process_mrelease remap_file_pages file_setattr',
  'lsm_get_self_attr lsm_set_self_attr lsm_list_modules',
  'uselib ustat sysfs _sysctl get_kernel_syms create_module query_module afs_syscall getpmsg',
  'putpmsg security tuxcall vserver',
]
  .join(' ')
  .split(' ');

const ALL = 0xffffffff;
const bits = (arg: ArgTest['arg'], mask: number): ArgTest => ({
  arg,
  mask,
  op: 'notIn',
  values: [0],
});
const oneOf = (arg: ArgTest['arg'], mask: number, ...values: number[]): ArgTest => ({
  arg,
  mask,
  op: 'in',
  values,
});
const noneOf = (arg: ArgTest['arg'], mask: number, ...values: number[]): ArgTest => ({
  arg,
  mask,
  op: 'notIn',
  values,
});

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
/** SOCK_RAW 3 and SOCK_PACKET 10; protocols: default, TCP, UDP (no ICMP, SCTP, MPTCP). */
const SOCKET: ArgRule = {
  refuseWhen: [
    [noneOf(0, ALL, AF_UNIX, AF_INET, AF_INET6)],
    [oneOf(1, 0xf, 3, 10)],
    [noneOf(2, ALL, 0, 6, 17)],
  ],
  answer: answer(EAFNOSUPPORT),
};

const SOL_SOCKET = 1;
/** SO_SNDBUF and SO_RCVBUF: memory of the kernel that shows in no process. */
const BUFFERS = [7, 8];
/** NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET. */
const CLONE_NAMESPACES = 0x7e020000;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** Line disciplines: kernel protocols that a terminal can be given. */
const TIOCSETD = 0x5423;
/** Older forms of fallocate: FS_IOC_RESVSP, FS_IOC_RESVSP64, FS_IOC_ZERO_RANGE (linux/falloc.h). */
const RESERVE = [0x40305828, 0x4030582a, 0x40305839];
const READ_IMPLIES_EXEC = 0x0400000;
const ADDR_NO_RANDOMIZE = 0x0040000;
const S_IFMT = 0o170000;
const S_IFCHR = 0o020000;
const S_IFBLK = 0o060000;
const SET_ID = 0o6000;
/** O_CREAT or __O_TMPFILE: only then is the mode argument read by the kernel. */
const CREATES = 0x40 | 0x400000;

const refuse = (...refuseWhen: ArgTest[][]): ArgRule => ({ refuseWhen, answer: answer(EPERM) });

const BY_ARGUMENT: Readonly<Record<string, ArgRule>> = {
  socket: SOCKET,
  socketpair: { refuseWhen: [[noneOf(0, ALL, AF_UNIX)]], answer: answer(EAFNOSUPPORT) },
  // The kernel may always give less than was asked for: nobody depends on the size.
  setsockopt: {
    refuseWhen: [[oneOf(1, ALL, SOL_SOCKET), oneOf(2, ALL, ...BUFFERS)]],
    answer: answer(IGNORED),
  },
  clone: refuse([bits(0, CLONE_NAMESPACES)]),
  ioctl: refuse([oneOf(1, ALL, TIOCSTI, TIOCLINUX, TIOCSETD, ...RESERVE)]),
  // 0xffffffff only asks for the current value.
  personality: refuse([noneOf(0, ALL, 0xffffffff), bits(0, READ_IMPLIES_EXEC | ADDR_NO_RANDOMIZE)]),
  mknod: refuse([oneOf(1, S_IFMT, S_IFCHR, S_IFBLK)], [bits(1, SET_ID)]),
  mknodat: refuse([oneOf(2, S_IFMT, S_IFCHR, S_IFBLK)], [bits(2, SET_ID)]),
  chmod: refuse([bits(1, SET_ID)]),
  fchmod: refuse([bits(1, SET_ID)]),
  fchmodat: refuse([bits(2, SET_ID)]),
  fchmodat2: refuse([bits(2, SET_ID)]),
  // It takes gigabytes in a millisecond, faster than any watch; C libraries write zeros instead.
  fallocate: { refuseWhen: [[]], answer: answer(EOPNOTSUPP) },
  // A file can also be born set-uid, and in the work folder it belongs to the folder's owner.
  creat: refuse([bits(1, SET_ID)]),
  open: refuse([bits(1, CREATES), bits(2, SET_ID)]),
  openat: refuse([bits(2, CREATES), bits(3, SET_ID)]),
};

export const POLICY: Policy = {
  kill: KILLED,
  enosys: ABSENT,
  eperm: REFUSED,
  byArgument: BY_ARGUMENT,
};

/** System V objects are kernel memory that no rlimit counts; refused where no cgroup counts it. */
const SYSV = ['shmget', 'msgget', 'semget'];

export interface PolicyVariant {
  /** EPERM in place of every kill by name (foreign ABIs are killed all the same). */
  quiet: boolean;
  /** Answer ENOSYS to System V IPC. */
  withoutSysv: boolean;
}

/** The policy of one cage. */
export function policyFor(variant: PolicyVariant): Policy {
  return {
    ...POLICY,
    kill: variant.quiet ? [] : POLICY.kill,
    eperm: variant.quiet ? [...POLICY.eperm, ...POLICY.kill] : POLICY.eperm,
    enosys: variant.withoutSysv ? [...POLICY.enosys, ...SYSV] : POLICY.enosys,
  };
}
