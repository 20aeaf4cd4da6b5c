/** Label phrases of the government types: without accents, `{a|b}` alternatives and {no} {id} {nr} {num} macros. */
import type { LabelSource } from '../model.ts';

export const GOVERNMENT_LABELS: LabelSource = {
  US_SSN: {
    labels: ` {num} de seguro social; {num} seguro social; numero de la seguridad social ee uu; seguridad social eeuu; us social security {no}; 
    my social; your social; full social; social is; ssn; ssns; ssn {no}; social security {no}; social security; social sec {no}; soc sec {no};
    soc sec; ss {no}; ss no; ss num; us ssn; ssn ein; ssn itin; taxpayer ssn; social insurance us;
    numero de seguridad social us; us sozialversicherungsnummer; us social security; employee ssn;
    patient ssn; applicant ssn; tax id ssn; ssnum; ssnumber; soc sec num; socsecno; socialsecurity;
    numero de securite sociale americain; amerikanische sozialversicherungsnummer`,
    fields: `
    social`,
  },
  US_ITIN: {
    labels: `
    itin; itin {no}; individual taxpayer identification {no}; individual tax id;
    individual taxpayer id; taxpayer id itin; individual tax identification {no}; us itin`,
  },
  US_EIN: {
    labels: `
    ein; ein {no}; employer identification {no}; employer id {no}; employer tax id; fein; fein {no};
    federal tax id; federal tax i d {no}; tax i d {no}; federal ein; federal employer identification {no}; federal tax {no};
    federal id {no}; tax id ein; company ein; irs {no}; irs ein; federal tax identification {no};
    tin ein; employer identification; business tax id; tax identification {no}; us ein`,
    fields: `
    tax id; taxid; tax id {no}; tin`,
  },
  US_DRIVER_LICENSE: {
    labels: ` patente usa; patente di guida usa; licencia de conducir; licencia de conducir eeuu; {num} licencia de conducir; us fuhrerschein{nr}; 
    permis de conduire; {num} permis de conduire; {num} permis; fuhrerschein; fuhrerschein{nr}; licencia de conducir; {num} licencia de conducir; permiso de conducir; {num} permiso de conducir; carnet de conducir; {num} patente di guida; patente di guida {num}; patente di guida; us driving license; driver permit {no}; driving permit {no}; amerikanischer fuhrerschein;
    driver {license|licence|lic} {no}; driver {license|lic}; drivers {license|licence|lic} {no};
    drivers {license|lic}; driver s {license|lic} {no}; driver s {license|lic}; driving license {no};
    dl {no}; dln; oln; oln {no}; d l no; operator license {no}; operators license {no}; license {no} dl;
    state id {no}; state driver license; dmv {no}; us driver license; drv lic; driverlicense;
    cdl {no}; cdl; us fuhrerschein; permis de conduire americain; operator s license {no}; dl id;
    licence {no}; fuhrerschein{nr} us; licencia de conducir us; driverslicense`,
    fields: `
    dl; license {no}; cdl`,
  },
  PASSPORT: {
    labels: ` {no} of travel document; travel document; {num} du document de voyage; nummer des reisedokuments; {num} del documento de viaje; {num} del documento di viaggio; 
    passport {no}; passport; passport {id|book} {no}; pass {no}; pp {no}; ppt {no};
    travel document {no}; us passport; uk passport; passport card {no}; {num} passeport;
    passeport {num}; passeport; numero du passeport; reisepass{nr}; reisepass; pass{nr}; passnummer;
    passnr; reisedokument{nr}; pasaporte; {num} pasaporte; pasaporte {num}; passaporto;
    {num} passaporto; passaporto {num}; paspoort{nr}; paspoort; passportno; eu passport; passaporte;
    travel doc {no}; document de voyage; carnet de passeport; reisepassnummer`,
  },
  UK_NINO: {
    labels: `
    nino; ni {no}; national insurance {no}; national insurance; nat ins {no}; n i {no};
    nat insurance {no}; nin; insurance number ni; ninumber; uk national insurance {no};
    britische sozialversicherungsnummer; numero national insurance; national ins {no}`,
  },
  UK_DRIVING_LICENCE: {
    labels: `
    britischer fuhrerschein; permis de conduire britannique; permis britannique; permis de conduire uk; uk fuhrerschein; permiso de conducir britanico; patente britannica;
    driving licence {no}; driving licence; driver {no} dvla; dvla {no}; dvla; uk driving licence;
    uk licence {no}; licence {no} dvla; driver licence {no}; dvla driver {no}; driver {no};
    uk driving licence {no}; uk driver license`,
  },
  UK_UTR: {
    labels: `
    utr; utr {no}; unique taxpayer reference; unique taxpayer reference {no}; unique tax reference;
    tax reference {no}; self assessment {no}; hmrc reference; hmrc utr; sa utr; uk utr;
    taxpayer reference; self assessment utr; tax ref; tax reference; self assessment reference;
    hmrc ref; unique taxpayer ref`,
  },
  CA_SIN: {
    labels: `
    sin {no}; social insurance {no}; social insurance; {num} assurance sociale;
    numero d assurance sociale; canadian sin; ca sin; canada sin; assurance sociale`,
    fields: `
    sin; nas`,
  },
  BR_CPF: {
    labels: `
    cpf; cpf {no}; cpf {num}; {num} cpf; cadastro de pessoas fisicas; cpf mf; contribuinte cpf`,
  },
  EMPLOYEE_ID: {
    labels: ` personalakte; personalakten{nr}; {num} empleada; {num} de empleada; numero de empleada; {num} dipendente; {num} salariee; {num} agent; 
    employee {id}; emp {id}; empid; staff {id}; personnel {id}; badge {id}; worker {id};
    payroll {id}; associate {id}; colleague {id}; clock {no}; ee {id}; hr {id}; eid; matricule;
    {num} matricule; matricule {num}; matricule salarie; matricule employe; matricule agent;
    {num} employe; identifiant employe; id employe; identifiant salarie; {num} salarie; {num} badge;
    id salarie; code salarie; numero d employe; numero d agent; personal{nr}; mitarbeiter{nr};
    mitarbeiter id; personalkennung; personalausweis{nr} firma; angestellten{nr}; beschaftigten{nr};
    stamm{nr}; dienst{nr}; dienstausweis{nr}; mitarbeiterkennung; mitarbeiterausweis{nr};
    ausweis{nr} mitarbeiter; mitarbeiterkennzeichen; pers nr; personal id {no}; {num} empleado;
    id empleado; codigo de empleado; legajo; matricola; {num} matricola; matricola dipendente;
    codice dipendente; id dipendente; personeels{nr}; werknemers{nr}; workday id`,
    fields: `
    badge; employee; emp; staff; badge; eid; personal id`,
  },
  STUDENT_ID: {
    labels: ` nia; {num} matricola universitaria; numero di matricola universitaria; matricola universitaria; id studente; codice studente; {num} alumno; {num} de alumno; {num} expediente academico; expediente academico; id estudiante; id del estudiante; codigo de estudiante; {num} de estudiante; numero de matricula del alumno; numero studente; 
    matricola studente; numero di matricola studente; {num} matricola studente; student {id}; pupil {id}; learner {id}; university {id}; student card {no}; enrolment {no};
    enrollment {no}; matriculation {no}; school {id}; campus {id}; campus card;
    registration {no} student; stu {id}; student registration {no}; student record {no}; uni id;
    banner id; candidate {no}; unique pupil {no}; hesa {no}; ucas {id}; roll {no}; {num} etudiant;
    identifiant etudiant; carte etudiant; {num} carte etudiant; {num} ine; code ine; id etudiant;
    numero d etudiant; matricule etudiant; {num} eleve; identifiant eleve; id eleve;
    numero d inscription; matrikel{nr}; matrikel; matr {no}; studenten{nr}; studierenden{nr};
    studentenausweis{nr}; studenten id; schuler{nr}; schulerausweis{nr}; mat nr;
    immatrikulations{nr}; matr nr; studienausweis{nr}; schulerkennung; {num} estudiante;
    id estudiante; {num} alumno; {num} matricula; matricola studente; matricola universitaria;
    expediente academico; codigo de estudiante; codice studente`,
    fields: `
    student; sid; ine; upn; matricula`,
  },
};
