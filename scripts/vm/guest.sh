#!/bin/sh
# Inside the VM: the same checks as the system service and as an ordinary user.
node=/opt/akios/node/node
cd /opt/akios || exit 1
mkdir -p /var/lib/akios && chmod 700 /var/lib/akios
VM_STATE=/var/lib/akios "$node" scripts/vm/guest.ts service
systemctl start user@1000.service || systemctl status --no-pager user@1000.service
for i in $(seq 60); do [ -S /run/user/1000/bus ] && break; sleep 1; done
setpriv --reuid 1000 --regid 1000 --clear-groups env -i PATH=/usr/bin HOME=/home/tester \
  XDG_RUNTIME_DIR=/run/user/1000 VM_STATE=/home/tester "$node" scripts/vm/guest.ts user
echo VM-END
