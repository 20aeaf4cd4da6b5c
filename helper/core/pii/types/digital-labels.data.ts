/** Label phrases of the digital types: without accents, `{a|b}` alternatives and {no} {id} {nr} {num} macros. */
import type { LabelSource } from '../model.ts';

export const DIGITAL_LABELS: LabelSource = {
  IPV4: {
    labels: `
    ip; ip address; ipv4; ipv4 address; ip addr; client ip; remote addr; remote ip; source ip;
    src ip; dst ip; server ip; host ip; adresse ip; ip adresse; direccion ip; indirizzo ip;
    ipaddress; ip v 4; login ip; src; dst; x forwarded for; peer; gateway; dns; nameserver; client;
    remote; last login from; ssh; connection from; logged in from; ping; host`,
  },
  IMEI: {
    labels: `
    imei; imei {no}; imei sv; device imei; numero imei; imei {nr}; imei code; code imei;
    handset imei; imei1; imei2; phone imei; codigo imei; codice imei; mobile equipment identity;
    geratenummer imei; geratekennung imei`,
  },
  MAC: {
    labels: `
    mac; mac address; mac addr; ethernet address; hardware address; hwaddr; adresse mac; mac adresse;
    direccion mac; indirizzo mac; bssid; wifi mac; physical address; macaddress; link ether;
    physische adresse; hw address; adresse physique`,
  },
};
