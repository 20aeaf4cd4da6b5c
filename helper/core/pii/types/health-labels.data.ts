/** Label phrases of the health types: without accents, `{a|b}` alternatives and {no} {id} {nr} {num} macros. */
import type { LabelSource } from '../model.ts';

export const HEALTH_LABELS: LabelSource = {
  UK_NHS: {
    labels: `
    nhs; nhs {no}; nhs {id}; national health service {no}; nhs num; nhs no; nhsnumber; uk nhs;
    numero nhs; nhs {nr}; nhs patient {no}`,
  },
  AU_MEDICARE: {
    labels: `
    medicare {no}; medicare card; medicare card {no}; medicare australia; australian medicare;
    australian medicare {no}; medicare; au medicare; medicare num`,
  },
  MRN: {
    labels: ` m r n; m r n {no}; visit {no}; {num} nosografico; {num} de dossier patient; {num} de visite; besuchs{nr};  aktenzeichen patient; patienten aktenzeichen; {num} paciente; {num} de paciente; {num} paziente; codigo de paciente; codigo paciente; {num} sanitario; fascicolo; identificativo paziente; identificador del paciente;  hist clinica; h clinica; hist clin; cart clin; 
    mrn; mrn {no}; mr {no}; m r {no}; medical record {no}; medical record; med rec {no}; med rec; patient {id};
    chart {no}; hosp {no}; hosp {id}; hospital {no}; hospital {id}; patient record {no}; health record {no};
    unit record {no}; patient identifier; patient mrn; medrec; medrecno; patid; pat id;
    patient file {no}; case file {no}; record {no}; emr {id}; ehr {id}; medical file {no}; pt {id};
    uhid; uhid {no}; ur {no}; urn; hospital unit {no}; case {no} medical; patient ref; patient reference; hospital record {no}; unit {no}; encounter {no}; patient account {no}; medicalrecordnumber;
    clinic {no}; medical id; chart id; dossier {no}; {num} dossier medical; dossier medical;
    {num} patient; identifiant patient; {num} dossier; dossier patient; numero de dossier;
    id patient; numero d admission; {num} ipp; dossier {num}; no dossier; ndossier;
    numero de dossier patient; patienten{nr}; patienten id; patient{nr}; patientennummer; akten{nr};
    patientenakte; krankenakte; fall{nr}; fall {no}; patienten kennung; krankenakten{nr}; pat {nr};
    aufnahme{nr}; patientenakten{nr}; patientenkennung; krankenblatt{nr}; patnr;
    historia clinica; {num} historia clinica; {num} historia; nhc; cartella clinica;
    {num} cartella clinica; id paziente; id paciente; numero de paciente; codice paziente;
    {num} cartella; expediente medico; {num} expediente`,
    fields: `pid; nip; ipp`,
  },
  NPI: {
    labels: `
    npi; npi {no}; national provider identifier; national provider id; provider npi;
    national provider identification {no}; prescriber npi; rendering npi; billing npi; provider {id};
    national provider {no}; npi id; physician npi; numero npi; referring npi; attending npi`,
  },
  DEA: {
    labels: `
    dea; dea {no}; dea registration; dea registration {no}; drug enforcement administration {no};
    dea reg; dea license; dea reg {no}; numero dea; prescriber dea`,
  },
  US_MBI: {
    labels: `
    mbi; mbi {no}; medicare beneficiary identifier; medicare {id}; medicare beneficiary {id};
    medicare beneficiary; hicn; medicare claim {no}; medicare; medicare member {id}; medicare {no};
    us medicare`,
  },
  DEVICE_SERIAL: {
    labels: ` {num} de serie de l appareil; {num} serie de l appareil; {num} de serie du dispositif; {num} de serie du stimulateur; gerate seriennummer; geraete seriennummer; seriennummer des gerats; seriennummer des implantats; seriennummer gerat; {num} de serie del dispositivo; {num} de serie del equipo; {num} serie del dispositivo; numero de serie del marcapasos; {num} di serie del dispositivo; {num} di serie dispositivo; matricola del dispositivo; matricola dispositivo; {num} di serie del pacemaker; implantat {nr}; implantat serien{nr};  {laptop|notebook|computer|pc|phone|handset|tablet|ipad|iphone|monitor|printer|router|scanner|camera|machine|meter|watch|wearable|pump|implant|pacemaker|icd|inhaler|nebuliser|nebulizer|wheelchair|concentrator} {serial|serial number|serial no|s n|sn}; device serial num; 
    device serial {no}; device serial; device sn; device s n; device id; implant serial {no}; pacemaker serial;
    pacemaker serial {no}; pacemaker s n; pacemaker sn; pump s n; implant s n; {insulin pump|infusion pump|defibrillator|ventilator|glucometer|glucose monitor|hearing aid|stent|valve|lead|neurostimulator|cochlear implant|dialysis machine|cpap} {serial|serial number|serial no|s n|sn}; pump serial {no}; serial {no} device; udi; implant {id};
    numero de serie de l appareil; numero de serie appareil; gerateseriennummer; gerate{nr};
    serien{nr} gerat; implantat{nr}; implantat seriennummer; numero de serie del dispositivo;
    numero di serie dispositivo; device identifier; hearing aid serial; numero de serie dispositif;
    cpap serial`,
  },
  ICD10: {
    labels: ` cie; codigo cie 10; cod cie; cie es; codice icd 10; diagnostico principal; diagnosi principale; diagnosi di dimissione; diagnostico al alta; juicio clinico; juicio diagnostico; 
    icd; icd 10; icd10; icd code; icd 10 code; icd 10 cm; icd10cm; diagnosis; diagnosis code; dx;
    dx code; diagnoses; primary diagnosis; diag; diag code; diagnostic code; principal diagnosis;
    secondary diagnosis; admitting diagnosis; diagnosed with; icdcode; dx codes; diagnosis codes;
    condition code; coded as; impression; provisional diagnosis; final diagnosis; working diagnosis; differential diagnosis; dx code s; diagn; verdachtsdiagnose; aufnahmediagnose; einweisungsdiagnose; icd 10 gm; code diagnostic; diagnostic; cim; cim 10; cim10; code cim;
    code cim 10; diagnostic principal; diagnostic associe; diagnose; diagnosen; diagnoseschlussel;
    icd schlussel; hauptdiagnose; nebendiagnose; diagnosecode; diagnosis icd; icd kode; diagnostico;
    cie 10; cie10; codigo cie; diagnosi; codice icd; entlassungsdiagnose; discharge diagnosis;
    codigo diagnostico; codice diagnosi`,
    fields: `imp; assessment`,
  },
  BLOOD_PRESSURE: {
    labels: `
    sys dia; sys dias; sysdia; systolic over diastolic; bp sys dia; bp; blood pressure; b p; bp reading; systolic diastolic; arterial pressure;
    blood pressure reading; bp mmhg; vitals bp; bloodpressure; tension; tension arterielle; ta;
    pression arterielle; pa; blutdruck; rr; blutdruckwert; blutdruck mmhg; presion arterial;
    tension arterial; pressione; pressione arteriosa; pressione sanguigna; blutdruckmessung; rr wert;
    nibp; bloeddruk; sbp dbp; blutdruckwerte; prise de tension`,
  },
  BLOOD_TYPE: {
    labels: ` group save; group and save; gs; 
    blood type; blood group; bloodtype; bloodgroup; abo; abo rh; abo group; blood type rh; rh type;
    groupe sanguin; groupe sanguin rhesus; blutgruppe; blutgr; grupo sanguineo; gruppo sanguigno;
    bloedgroep; tipo de sangre; blutgruppe rh; rhesus; grouped as; typed as; blood grp; abo rhesus;
    blutgruppen`,
  },
  VITAL_SIGN: {
    labels: `
    talla; estatura; sp o; spo; sao; pulse ox;
    temperature; temp; pulse; heart rate; hr; spo2; sp o 2; o2 sat; oxygen saturation; saturation;
    respiratory rate; respiration; rr; weight; height; bmi; body weight; poids; taille;
    temperature corporelle; pouls; frequence cardiaque; gewicht; grosse; korpergewicht; korpergrosse;
    puls; herzfrequenz; temperatur; atemfrequenz; peso; altura; temperatura; pulso;
    frecuencia cardiaca; frecuencia respiratoria; fc; sats; o sats; resp rate; wt; ht; saturazione; saturacion; sauerstoffsattigung spo; atemfrequenz af; altezza; sauerstoffsattigung; frequence respiratoire; frequenza cardiaca`,
  },
};
