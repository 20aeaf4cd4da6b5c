import { HELPER_FLAGS } from '../../shared/node/helper-start.ts';
import { SERVICE } from '../../shared/node/system-service.ts';

/**
 * The unit of the system service, under a user of its own and without any capability.
 *
 * Left out on purpose, because the cage needs what they take away:
 * - RestrictNamespaces: a cage is seven namespaces.
 * - ProtectKernelTunables, ProtectKernelLogs, ProtectHostname, ProtectProc, ProcSubset: they cover
 *   parts of /proc, and the kernel then refuses a new /proc in a user namespace.
 * - ProtectControlGroups: the delegated group is where the limits are.
 * - SystemCallFilter: it would reach into the cage, whose own filter is narrower.
 * - RestrictSUIDSGID: shared project folders carry the set-group-id bit.
 * @param node path of the Node that was copied, below the program folder
 */
export function unitText(node: string): string {
  return `[Unit]
Description=AKIOS helper: cages, egress and ledger for AI agents
After=network.target dbus.service

[Service]
Type=exec
User=${SERVICE.user}
Group=${SERVICE.group}
ExecStart=${node} --disable-sigusr1 ${HELPER_FLAGS.join(' ')} ${SERVICE.program}/dist/helper/daemon.mjs
WorkingDirectory=/
Environment=AKIOS_STATE_DIR=${SERVICE.state} AKIOS_SOCKET=${SERVICE.socket} AKIOS_SOCKET_GROUP=${SERVICE.group}
StateDirectory=akios
StateDirectoryMode=0750
RuntimeDirectory=akios
RuntimeDirectoryMode=0750
UMask=0027
Restart=on-failure
RestartSec=2
TimeoutStopSec=30

# One control group per run is made below the service's own; a run that is ended for memory is not
# a failure of the service.
Delegate=yes
OOMPolicy=continue
KillMode=control-group

# No right of root is needed: user namespaces give a cage what it needs inside itself alone.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ReadWritePaths=${SERVICE.projects}
ProtectHome=yes
PrivateTmp=yes
LockPersonality=yes
RestrictRealtime=yes
SystemCallArchitectures=native
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RemoveIPC=yes
LimitCORE=0

[Install]
WantedBy=multi-user.target
`;
}
