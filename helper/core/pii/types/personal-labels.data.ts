/** Label phrases of the personal types: without accents, `{a|b}` alternatives and {no} {id} {nr} {num} macros. */
import type { LabelSource } from '../model.ts';

export const PERSONAL_LABELS: LabelSource = {
  DATE_OF_BIRTH: {
    labels: ` fecha nac; fecha de nac; f nacim; nacido a el; nato a il; ne e; luogo e data di nascita; data nasc; lugar y fecha de nacimiento; date et lieu de naissance; geburtsdatum und ort; fecha nacim; nacimiento fecha; 
    dob; d o b; do b; date of birth; birth date; birthdate; birthday; born; born on; born in; bday; b day;
    birth dt; date birth; patient dob; dateofbirth; birthdt; date of birth dob; dob mm dd yyyy;
    dob dd mm yyyy; birth; d of b; birth day; dt of birth; date de naissance; date naissance; ne le;
    nee le; ne e le; naissance; ddn; ne en; nee en; date de naiss; naiss; anniversaire; ne; nee;
    nee un; jour de naissance; datenaissance; geburtsdatum; geboren; geboren am; geb; geb am;
    geb datum; gebdatum; gebdat; geburtstag; geburt; geb dat; geburts datum; geb dt;
    fecha de nacimiento; fecha nacimiento; nacido el; nacida el; nacido; nacida; f nac; fec nac;
    nacimiento; cumpleanos; fnac; data di nascita; nato il; nata il; nato a; nata a; nascita;
    data nascita; d n; geboortedatum; geboren op; data de nascimento; nascido em; data urodzenia;
    fodelsedatum`,
  },
  AGE: {
    labels: ` edad del paciente; edad paciente; eta del paziente; eta paziente; eta anni; edad anos; alter jahre; age ans; alter in jahren; edad en anos; eta in anni; age en annees; 
    age of patient; age of the patient; age patient; patient s age; alter patient; age assure;
    aged; age of; at age; at the age of; age de; agee de; ages de; im alter von; alter von; turned;
    edad de; de edad; eta di; all eta di; eta; edad; patient age; age in years; age years; age yrs;
    age at {visit|admission|diagnosis|enrollment}; current age; lebensalter; age du patient;
    alter des patienten; age yr; age sex; age gender; alter geschlecht; age sexe; edad sexo; eta sesso`,
    fields: `
    age; alter; edad; eta; ages`,
  },
  VIN: {
    labels: `
    vin; vin {no}; vehicle identification {no}; vehicle id {no}; chassis {no}; chassis; vehicle id;
    {num} chassis; {num} serie vehicule; numero de chassis; fahrgestell{nr};
    fahrzeugidentifizierungs{nr}; fin; fahrzeug ident {nr}; fahrzeug identifizierungsnummer;
    bastidor; {num} bastidor; telaio; {num} telaio; vin code; frame {no}; fahrzeugidentnummer;
    numero d identification du vehicule`,
  },
  LICENSE_PLATE: {
    labels: ` {num} targa; {num} di targa; targa auto; matricula vehiculo; {num} de matricula; matricula coche; 
    registration {no};
    license plate; plates; licence plate; license plate {no}; plate {no}; registration plate; number plate;
    vehicle registration; vehicle registration {no}; vehicle reg; car registration; reg plate;
    tag {no}; plate; vrm; vrn; reg {no}; registration mark; reg mark; rego; rego {no}; license tag; licence tag; vehicle tag; plate tag; lic plate; lic tag; lic plate {no}; {al|ak|az|ar|ca|co|ct|de|fl|ga|il|ia|ks|ky|md|mn|ms|mo|mt|ne|nv|nh|nj|nm|ny|nc|nd|oh|pa|ri|sc|sd|tn|tx|ut|vt|va|wa|wv|wi|wy} {tag|plate|plates|lic plate|reg}; vehicle plate; car plate; licenseplate;
    numberplate; car reg; plaque; plaque d immatriculation; immatriculation; {num} immatriculation;
    immatriculation vehicule; immatricule; immatriculee; plaque mineralogique; numero de plaque;
    numero d immatriculation; kennzeichen; kennz; kfz kennz; kfz kennzeichen; autokennzeichen; nummernschild;
    amtliches kennzeichen; amtl kennzeichen; fahrzeugkennzeichen; kfz {nr}; kfz kz; matricula; placa;
    targa; {num} targa; kenteken; matricula del vehiculo; targa veicolo; placas; patente`,
  },
  GPS: {
    labels: ` taken at; photographed at; pinned at; dropped pin; geocoded;  longitude; lon; lng; longitud; longitudine; langengrad; breitengrad; latitud; latitudine; 
    gps; gps coordinates; coordinates; lat long; lat lon; lat lng; latlng; latlon;
    latitude longitude; geo; geolocation; location gps; coords; position gps; coordonnees;
    coordonnees gps; gps position; gps koordinaten; koordinaten; standort; coordenadas; coordinate;
    coordinate gps; latitude; lat; long lat; geo location; geotag; last known location; gps fix;
    localisation; geolocalisation; position; located at; coordonnees geographiques; gps daten;
    coordenadas gps; geokoordinaten; lat longitude`,
  },
  POSTAL_CODE: {
    labels: ` c p; cod post; c a p; codigo post; codpostal; cod postale; 
    post cd; postl cd; pstl cd; zip cd; zip; zip code; zipcode; postal code; postcode; post code; postalcode; zip postal code;
    code postal; postleitzahl; plz; codigo postal; cap; codice postale; cod postal; pst cd; cp; eircode;
    pincode india; code postale; postal zip`,
  },
  PHONE: {
    labels: ` mi numero nuevo es; mi nuevo numero es; mi numero nuevo; mi nuevo numero; my new number is; my new number; mon nouveau numero; mon nouveau numero est; meine neue nummer; meine neue nummer ist; il mio nuovo numero; il mio numero nuovo; il mio numero e; llame al; llamenos al; llamar al; llamanos al; mio cell; mio cellulare; cell nuovo; nuovo numero; mi movil; movil nuevo; mon portable; mon tel; mon nouveau numero; neue nummer; neue handynummer; ton num; mon numero;  reached on; reached at; reach him on; reach her on; reach him at; reach her at; reach them on; contactable on; mi numero es; mon numero; mon num; meine nummer; meine nummer ist; handynummer lautet; il mio numero; numero di telefono; numero de telefono; numero de movil; al numero; llamame; 
    phone; phones; phone {no}; telephone; telephone {no}; tel; tel {no}; mobile; mobile {no};
    mobile phone; cell; cell phone; cellphone; cell {no}; home phone; work phone; office phone;
    contact {no}; contact phone; call; call me; call me at; call us; reach me at; reach me on;
    text me at; text me; fax; fax {no}; whatsapp; sms; landline; hotline; direct line; direct dial;
    pager; day phone; evening phone; emergency phone; daytime phone; mob; ph; ph {no}; tele; telefax;
    ring me on; call back; callback {no}; dial; phonenumber; msisdn; caller {no}; caller id; contact tel;
    signal; telegram; reachable at; telephone portable; portable; mobile perso; tel portable;
    tfno; tlf; tlfno; telf; tfn; tel fijo; tel mobile; telephone fixe; fixe; {num} telephone; {num} tel; {num} portable; telecopie; gsm;
    joindre au; joignable au; appeler au; appelez; appelez moi au; contacter au; appeler le;
    rappeler au; num tel; coordonnees telephoniques; numero de telephone; telephone domicile;
    tel domicile; tel pro; telefon; telefon{nr}; tel {nr}; handy; handy{nr}; mobil; mobil{nr};
    mobiltelefon; mobilfunk; festnetz; ruf{nr}; rufnummer; durchwahl; erreichbar unter;
    anrufen unter; telefonisch; telefonisch unter; ruckruf; ruckruf{nr}; fax{nr}; tel privat;
    tel dienstlich; privattelefon; fon; handynr; telefonat unter; rufen sie; ruckrufnummer; anruf;
    telemovel; telemovel {no}; tlm; telm; telefono; telefono {no}; {num} telefono; movil; tel movil; celular; llamar al; telefono movil;
    cellulare; recapito; recapito telefonico; telefono fisso; telefoon; telefoon{nr}; telefone;
    llamame al; llameme al; llamenos al; escribame al; chiamare il; {num} cellulare`,
  },
};
