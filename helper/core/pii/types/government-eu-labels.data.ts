/** Label phrases of the government-eu types: without accents, `{a|b}` alternatives and {no} {id} {nr} {num} macros. */
import type { LabelSource } from '../model.ts';

export const GOVERNMENT_EU_LABELS: LabelSource = {
  FR_NIR: {
    labels: `
    nir; {num} nir; {num} securite sociale; securite sociale; {num} secu; secu; no ss; nss; {num} ss;
    insee; {num} insee; carte vitale; {num} carte vitale; vitale; {num} assure social;
    {num} immatriculation; immatriculation securite sociale; {num} d inscription nir;
    french social security {no}; franzosische sozialversicherungsnummer; fr nir; assure social;
    num ss; numsecu; numss; french ssn; french nir; insee number; {num} d assure; {num} assure;
    numero d immatriculation securite sociale; no de secu`,
  },
  FR_CNI: {
    labels: ` {num} carte nationale d identite; {num} de carte nationale d identite; {num} de carte d identite; {num} carte d identite; {num} de la carte d identite; french id card; french id card {no}; french identity card; carta d identita francese; documento de identidad frances; 
    titulaire de la carte nationale d identite; titulaire de la carte nationale d identite {num}; titulaire de la carte d identite; titulaire de la carte d identite {num};
    numero de carte nationale d identite; numero de carte d identite; numero de la carte nationale d identite; numero de la carte d identite;
    {num} cni; cni {num}; carte d identite; carte nationale d identite; {num} carte d identite;
    {num} carte nationale d identite; carte identite; {num} carte identite; cnie;
    {num} piece d identite; piece d identite; carte d identite nationale; carte d identite {num};
    carte nationale d identite {num}; french id card; french identity card; french national id;
    fr cni; franzosischer personalausweis; identity card {no}; national identity card; id card {no};
    cni {no}; num cni; numcni; titre d identite; {num} titre d identite; french id card {no};
    french identity card {no}; documento de identidad frances; carta d identita francese;
    national id card {no}; franzosische{|r|n} {personalausweis|ausweis}{nr};
    franzosische{|r|n} identitatskarte; franzosische personalausweisnummer`,
    fields: `
    cni`,
  },
  FR_SPI: {
    labels: `
    spi; {num} spi; {num} fiscal; numero fiscal; numero fiscal de reference; identifiant fiscal;
    reference fiscale; {num} fiscal {|du }declarant; spi {num}; french tax {no}; french tax id;
    fiscal number; french fiscal {no}; franzosische steuernummer; num fiscal; numfiscal; fr spi;
    no fiscal; identifiant fiscal spi; declarant {num}; tax id fr; franzosische steuer id;
    numero de contribuable; {num} contribuable`,
    fields: `
    fiscal; nif`,
  },
  FR_SIRET: {
    labels: `
    siret; {num} siret; siret {num}; siret {no}; code siret; etablissement siret; fr siret; numsiret;
    n siret`,
  },
  FR_SIREN: {
    labels: `
    siren; {num} siren; siren {num}; siren {no}; code siren; rcs; fr siren; {num} rcs;
    rcs {paris|lyon|marseille|lille|nantes|bordeaux|nanterre|toulouse}`,
  },
  DE_STEUER_ID: {
    labels: `
    steuer id; steuerid; steuer id {no}; steuer id nummer; steueridentifikations{nr};
    steuer identifikations{nr}; identifikations{nr}; idnr; id nr; steuerliche identifikations{nr};
    steuer{nr}; german tax id; german tax {no}; tax id de; identifiant fiscal allemand;
    numero fiscal allemand; de steuer id; st id; steuer idnr; persoenliche identifikations{nr};
    steueridentnummer; steuerident{nr}; steuerkennung; steuer ident{nr}; tax identification {no};
    steuerlicheidentifikationsnummer; german tin; german tax identification {no}; steuerkennziffer`,
    fields: `
    tin; tax id`,
  },
  DE_PERSONALAUSWEIS: {
    labels: ` documento de identidad aleman; carta d identita tedesca; carte d identite allemande; german id card {no}; german identity card; 
    personalausweis; personalausweis{nr}; ausweis{nr}; ausweis; perso {no}; perso{nr}; perso;
    personalausweis {no}; identitatskarte; bpa; ausweisnummer; german id card; german identity card;
    german id {no}; german national id; carte d identite allemande; de personalausweis;
    nummer des personalausweises; identity card {no}; id card {no}; id card; id document;
    ausweisdokument; dokumenten{nr}; seriennummer ausweis; personalausweis seriennummer; pa {no};
    german id card {no}; national id {no}; bundespersonalausweis; personalausweis-nr`,
  },
  DE_RVNR: {
    labels: `
    rvnr; rentenversicherungs{nr}; rv {no}; rv nr; rv nummer; sozialversicherungs{nr}; sv {no};
    sv nummer; sv nr; versicherungs{nr} rv; svnr; renten{nr}; german pension {no};
    german social security {no}; german pension insurance {no}; pension insurance {no};
    deutsche rentenversicherung; numero de retraite allemand; de rvnr; vsnr;
    sozialversicherungsausweis; rentenversicherung; numero de pension allemand`,
  },
  ES_DNI: {
    labels: `
    dni; dni {no}; {num} dni; documento nacional de identidad; nif; {num} de identidad;
    documento de identidad; spanish id; spanish dni; spanische ausweisnummer; es dni; dni nif;
    numero de dni; carte d identite espagnole; spanish national id`,
  },
  ES_NIE: {
    labels: `
    nie; nie {no}; {num} nie; numero de identidad de extranjero; identidad de extranjero;
    tarjeta de residencia; spanish nie; foreigner id; foreigner identity {no}; es nie; nie nif;
    numero de extranjero; tie`,
  },
  IT_CODICE_FISCALE: {
    labels: ` cod fiscale; cod fisc; codice fisc; 
    codice fiscale; c f; cod fiscale; cod fisc; italian tax code; italian fiscal code; fiscal code;
    code fiscal italien; italienische steuernummer; tessera sanitaria; it cf`,
    fields: `
    cf`,
  },
  PT_NIF: {
    labels: `
    nif; nif {no}; {num} nif; numero de identificacao fiscal; numero de contribuinte; contribuinte;
    nif portugal; portuguese tax id; portuguese nif; pt nif; nipc; portuguese tax {no};
    identificacao fiscal; numero fiscal portugal`,
  },
  NL_BSN: {
    labels: `
    bsn; bsn {no}; bsn {nr}; burgerservice{nr}; burger service nummer; sofi{nr}; sofi {nr};
    citizen service {no}; dutch bsn; dutch citizen {no}; nl bsn; burgerservicenummer; numero bsn;
    dutch citizen service {no}`,
  },
  BE_NRN: {
    labels: ` {num} nacional belga; numero nacional belga; numero nazionale belga; {num} nazionale belga; belgian national {no}; registro nacional belga; registro nazionale; belgische nationalnummer; nationalregister{nr}; 
    nrn; rijksregister{nr}; rijksregisternummer; {num} registre national; registre national;
    numero national; {num} national; nationaal nummer; national register {no}; niss; insz;
    belgian national {no}; rrn; nationalregister{nr}; be nrn; belgian national register {no};
    numero de registre national; insz {nr}; identification {no} national register; national {no};
    belgische nationalregisternummer`,
  },
  PL_PESEL: {
    labels: `
    pesel; pesel {no}; {num} pesel; nr pesel; numer pesel; pl pesel; polish id; polish national id;
    polish personal {no}; polnische personennummer`,
  },
  SE_PERSONNUMMER: {
    labels: `
    personnummer; person {nr}; personnr; samordningsnummer; swedish personal {no}; swedish id;
    swedish personal identity {no}; svenskt personnummer; se personnummer;
    schwedische personennummer; swedish pin; swedish person {no}; pnr; personal identity {no}`,
  },
  FI_HETU: {
    labels: `
    hetu; henkilotunnus; finnish personal {id}; finnish id; finnish hetu; sosiaaliturvatunnus;
    personbeteckning; finnish personal identity code; fi hetu; finnische personenkennzahl;
    code personnel finlandais`,
  },
  CH_AHV: {
    labels: `
    ahv; ahv{nr}; ahv {no}; ahv nummer; ahv nr; avs; {num} avs; avs {no}; avs {num}; navs; navs 13;
    numero avs; swiss social security {no}; swiss ahv; sozialversicherungs{nr}; swiss ssn; ch ahv;
    oasi {no}; navs13; avs13; ahvn13; schweizer sozialversicherungs{nr}; versicherten{nr} ahv;
    {num} securite sociale suisse`,
  },
  EU_VAT: {
    labels: `
    vat; vat {no}; vat {id}; vat registration {no}; vat reg {no}; vat identification {no}; eu vat; eu vat {no}; value added tax {no}; uk vat; vatid; vat reg; company vat; vat registration; vat code; tva; {num} tva; tva intracommunautaire; {num} tva intracommunautaire; identifiant tva; {num} de tva; numero de tva; code tva; tva intracom; tva intra; n tva; ust id; ust id {no}; ust idnr; ustid; ustidnr; ust id nr; umsatzsteuer id; umsatzsteuer identifikations{nr}; umsatzsteueridentifikations{nr}; umsatzsteuer{nr}; uid {no}; uid nummer; mwst {no}; mwst{nr}; mehrwertsteuer{nr}; ust nr; ust{nr}; umsatzsteuer idnr; nif iva; iva; {num} iva; numero de iva; cif iva; partita iva; p iva; piva; codice iva; btw {nr}; btw {no}; btw{nr}; btw id; id fiscal iva; intra community vat {no}`,
    fields: `tax id; cif; nif; tax {no}`,
  },
  AU_TFN: {
    labels: `
    tfn; tfn {no}; tax file {no}; australian tax file {no}; au tfn; tax file; ato {no};
    australian tfn; australische steuernummer; tax file num`,
  },
  IN_AADHAAR: {
    labels: `
    aadhaar; aadhaar {no}; aadhar; aadhar {no}; aadhaar card; aadhaar card {no}; uid aadhaar; uidai;
    uidai {no}; adhar; uid {no}; aadhaarno; indian aadhaar; adhaar; adhaar {no}; aadhar card {no}`,
  },
  IN_PAN: {
    labels: `
    pan {no}; pan card; pan card {no}; permanent account {no}; income tax pan; indian pan; pancard;
    permanent account`,
    fields: `
    pan`,
  },
  SG_NRIC: {
    labels: `
    nric; nric {no}; fin {no}; nric fin; singapore id; singapore nric; sg nric; identity card {no};
    singapore ic; ic {no}; foreign identification {no}`,
    fields: `
    fin`,
  },
};
