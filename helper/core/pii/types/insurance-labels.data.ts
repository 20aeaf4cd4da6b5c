/** Label phrases of the insurance types: without accents, `{a|b}` alternatives and {no} {id} {nr} {num} macros. */
import type { LabelSource } from '../model.ts';

export const INSURANCE_LABELS: LabelSource = {
  POLICY_NUMBER: {
    labels: ` poliza de {hogar|auto|coche|vida|salud|seguro|moto|decesos}; polizza {casa|auto|vita|rca|sanitaria|infortuni}; polizza rc auto; police {habitation|auto|vie|sante}; contrat {habitation|auto|prevoyance|mutuelle}; {household|home|motor|travel|pet|car|health|boat} policy; {hausrat|haftpflicht|kfz|lebens|reise}versicherung {nr}; hausratpolice; poliza con {num}; polizza e la {num}; numero de su poliza;  {num} de polizas; n poliza; n polizza; contrat multirisque habitation; contrat multirisque; multirisque {num}; polizza {num}; {num} della polizza; {num} de la poliza; contratto assicurativo; contrato de seguro; {num} contrato de seguro; 
    policy {no}; policy {id}; insurance policy {no}; insurance policy; pol {no}; policyno;
    polno; insurance {no}; contract {no}; insurance contract {no}; certificate {no};
    policy ref; policy reference; auto policy; home policy; life policy; plan {no};
    policyholder {no}; cover note {no}; your policy; policy reference {no}; ins policy {no};
    {num} police d assurance; {num} police d assurance; {num} contrat {num};
    numero de contrat; contrat d assurance; police {num}; {num} de contrat d assurance;
    reference contrat; reference du contrat; ref contrat; contrat; police; no de contrat;
    numero de police; contrat sante; npolice; policen{nr}; versicherungsschein{nr};
    versicherungs{nr}; versicherungspolice; vertrags{nr}; police {nr}; versicherungsvertrags{nr};
    polizzen{nr}; vertrag {nr}; versicherungsschein; vers nr; vs nr; vsnr; versicherungsnummer;
    policennr; vertragsnummer; versicherungsscheinnummer; {num} poliza; poliza {num};
    {num} de poliza; {num} polizza; polizza {num}; polizza assicurativa; numero de contrato;
    polis{nr}; polisnummer; contrato {num}; {num} contratto; `,
    fields: `policy; pol; police; contrat; poliza; polizza; apolice`,
  },
  GROUP_NUMBER: {
    labels: ` {num} de groupe; {num} de grupo; {num} di gruppo; {num} du groupe; 
    group {no}; group {id}; grp {no}; grp; plan group; insurance group; insurance group {no};
    employer group {no}; group plan {no}; grp {id}; groupno; grpno; rx group; rxgrp; rx grp;
    plan group {no}; health plan group; group policy {no}; insured s policy group or feca {no}; policy group {no}; policy group or feca {no}; policy group; rxgroup; group num; {num} groupe;
    groupe {num}; numero de groupe; contrat groupe; {num} contrat groupe; code groupe; id groupe;
    groupe assurance; no de groupe; ngroupe; gruppen{nr}; gruppenvertrags{nr}; gruppenvertrag;
    gruppe {nr}; gruppenversicherungs{nr}; kollektivvertrags{nr}; gruppenkennung; gruppennummer;
    {num} grupo; grupo {num}; numero de grupo; {num} gruppo; numero gruppo; codigo de grupo;
    codice gruppo; grupo poliza`,
    fields: `
    group; groupe; gruppe; grupo; gruppo`,
  },
  CLAIM_NUMBER: {
    labels: `
    claim {no}; claim {id}; claim reference; claim ref; claim ref {no}; clm {no};
    insurance claim {no}; claimno; clmno; claims {no}; claim control {no}; loss {no};
    file claim {no}; incident claim {no}; claim file {no}; claim case {no}; your claim;
    claim reference {no}; {num} sinistre {num}; reference sinistre; reference du sinistre;
    dossier sinistre; {num} dossier sinistre; ref sinistre; declaration de sinistre {num};
    numero de sinistre; sinistre; no de sinistre; {num} demande de remboursement; nsinistre;
    {num} reclamation; schaden{nr}; schadens{nr}; schadenfall{nr}; schadennummer; schadenfall;
    schadensfall{nr}; schadenaktenzeichen; leistungsfall{nr}; schaden {nr}; schadenmeldung {nr};
    schadenakte; schadenreferenz; antrags{nr} leistung; schadensnummer; {num} siniestro;
    siniestro {num}; {num} reclamacion; parte de siniestro; {num} sinistro; sinistro {num};
    schade{nr}; denuncia di sinistro; numero de siniestro; referencia de siniestro`,
    fields: `claim; sinistre; siniestro; sinistro; clm; icn; dcn`,
  },
  PRIOR_AUTH: {
    labels: ` auth request {no}; authorization request {no}; authorisation request {no};  {num} de prise en charge; {num} prise en charge; {num} d entente prealable; entente prealable; {num} preautorizacion; preautorizacion; {num} preautorizzazione; preautorizzazione; impegnativa; {num} impegnativa; kostenubernahme {nr}; {num} volante;  pa on file; auth on file; 
    prior authorization; prior authorization {no}; prior auth; prior auth {no}; pa {no};
    preauthorization; preauthorization {no}; pre authorization {no}; pre authorization; preauth;
    preauth {no}; precert; precert {no}; precert {ref|reference}; precertification {no}; auth {no}; authorization {no}; authorisation {no}; prior authorisation;
    prior authorisation {no}; precert; precert {no}; precertification {no}; referral {no};
    referral auth {no}; auth code; approval {no}; priorauth; pa reference; pre cert {no};
    preapproval {no}; pre approval {no}; authorization ref; authno; pa id; prior approval {no};
    prior auth id; authorization reference; {num} accord prealable; accord prealable;
    accord prealable {num}; entente prealable; {num} entente prealable; {num} autorisation;
    autorisation prealable; {num} prise en charge; prise en charge {num}; numero d autorisation;
    numero d accord; {num} accord; demande d accord prealable; numero de prise en charge;
    genehmigungs{nr}; vorabgenehmigung; vorabgenehmigungs{nr}; kostenubernahme{nr}; bewilligungs{nr};
    genehmigung {nr}; kostenubernahmeerklarung; vorabgenehmigung {nr}; kostenzusage;
    kostenzusage{nr}; genehmigungsnummer; bewilligung {nr}; vorabbewilligung; {num} autorizacion;
    autorizacion previa; autorizacion {num}; autorizzazione {num}; {num} autorizzazione;
    autorizzazione preventiva; numero de autorizacion; autorizacion previa {num}`,
    fields: `auth`,
  },
  MEMBER_ID: {
    labels: ` {num} assicurato; {num} assistito; codice assistito; {num} dell assicurato; {num} tessera sanitaria; tessera sanitaria; numero iscritto; codice iscritto; {num} beneficiario; {num} tarjeta sanitaria; cip; {num} de tarjeta sanitaria; {num} de afiliado; {num} de asegurado; {num} de socio; {num} mutualista; codigo de asegurado; id asegurado; id afiliado; id socio; 
    member {id}; member {no}; subscriber {id}; subscriber {no}; insured {id}; insured {no};
    beneficiary {id}; health plan {id}; membership {no}; membership {id}; memid; mem {id}; memberid;
    enrollee {id}; insured s {id}; insured s i d {no}; insured i d {no}; member s {id}; member i d {no}; i d {no} insured; societaire {num}; health insurance {id}; health insurance {no};
    insurance {id}; insurance member {id}; subscriberid; policyholder {id}; insurance card {no}; plan member {id};
    patient member {id}; mbr {id}; medicaid {id}; cardholder {id}; health card {no};
    insurance card {id}; {num} adherent; adherent {num}; identifiant adherent; {num} d assure;
    {num} assure; {num} membre; identifiant assure; carte adherent; numero d adherent;
    numero de membre; id adherent; code adherent; {num} beneficiaire; {num} societaire;
    identifiant membre; {num} mutuelle; mutuelle {num}; carte mutuelle; id assure; no adherent; nadherent;
    {num} affilie; adherent; mitglieds{nr}; mitglied {nr}; mitgliedsnummer; versicherten{nr}; vers nr; versicherungs{nr}; versicherungsnummer;
    versichertennummer; krankenversicherten{nr}; kvnr; krankenversicherungs{nr}; krankenkassen{nr};
    versicherten id; egk; mitglieds id; mitgliedskennung; versichertenkarte; versicherter {nr};
    versichertenkennung; krankenkassennummer; mitgliedsausweis; mitgl {nr}; kv nr; kv nummer;
    versichertenkarten{nr}; {num} socio; {num} afiliado; id de miembro; {num} asegurado;
    tarjeta sanitaria; numero de miembro; {num} tessera; id assicurato; codice assicurato;
    numero tessera sanitaria; id membro; lidmaatschaps{nr}; codigo de afiliado; {num} iscritto`,
    fields: `
    mutuelle; member; subscriber; mitglied`,
  },
};
