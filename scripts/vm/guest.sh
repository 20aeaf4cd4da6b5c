#!/bin/sh
# Inside the VM: the back end as root and as an ordinary user, then the installed product.
cd /opt/akios || exit 1
for node in node_modules/node-*-*/bin/node; do break; done
asked() { grep -qx "$1" scripts/vm/parts; }
mkdir -p /var/lib/vm && chmod 700 /var/lib/vm
asked service && VM_STATE=/var/lib/vm "$node" scripts/vm/guest.ts service
systemctl start user@1000.service || systemctl status --no-pager user@1000.service
for i in $(seq 60); do [ -S /run/user/1000/bus ] && break; sleep 1; done
asked user && setpriv --reuid 1000 --regid 1000 --clear-groups env -i PATH=/usr/bin HOME=/home/tester \
  XDG_RUNTIME_DIR=/run/user/1000 VM_STATE=/home/tester "$node" scripts/vm/guest.ts user
asked product && "$node" scripts/vm/product.ts
echo VM-END
