/**
 * Labels of things that look like personal numbers and are not: a value they point at keeps only
 * what its own check digit proves. Neutral labels just end the reach of the label before them.
 */
export const NEGATIVE_LABELS = `
    account ids; aws account; aws account {id}; aws accounts; replaces; supersedes; superseded by; replaced by; drawing {no}; dwg; upgrade path; upgrade from; upgraded from; upgrade to; upgraded to; downgrade to; 
    grant; police report; police report {no}; crime {no}; crime reference {no}; rapport de police; polizeibericht; 
    gpg key; pgp key; public key; publickey; fingerprint; key id; keyid; primary key; foreign key; release gpg key; signing key id; key fingerprint; host key; user agent; policykit; policy kit; debian policy; standards version;
    order {id}; order; orders; order ref; order reference; purchase order; purchase order {no};
    po {no}; sku; sku {no}; item {no}; item code; part {no}; part; pn; p n; model {no}; model;
    product {id}; product code; article {no}; catalog {no}; stock {no}; batch {no}; lot {no}; lot;
    batch; serial {no}; serial; s n; tracking {no}; tracking; tracking id; shipment {no}; shipment;
    parcel {no}; waybill; awb; consignment {no}; invoice {no}; invoice; receipt {no}; receipt;
    quote {no}; ticket {no}; ticket; ticket id; case id; issue {no}; issue; bug; bug id;
    pull request; pr; request id; trace id; span id; transaction {id}; transaction; txn {id}; tx id;
    payment ref; correlation id; build {no}; build; version; ver; release; rev; revision; section;
    chapter; clause; figure; fig; table; appendix; paragraph; page; pages; pp; line {no}; lines; rfc;
    iso; oid; isbn; issn; doi; ean; upc; gtin; barcode; asin; commit; sha; sha1; sha256; sha 256;
    md5; checksum; hash; digest; uuid; guid; timestamp; epoch; unix time; ts; port; pid file;
    process id; error code; exit code; status code; http status; firmware; firmware version; fw; fw version; kernel; conference id; meeting id; webinar id; driver version;
    api version; schema version; ratio; scale; aspect ratio; score; chromosome; locus; resolution;
    flight {no}; flight; train; room; seat; gate; bus; channel; frequency; dimensions; size;
    population; amount; total; subtotal; price; cost; budget; revenue; balance; quantity; qty; count;
    sum; reference {no}; ref {no}; ref; reference; confirmation {no}; booking {no}; booking ref;
    reservation {no}; coupon; voucher; promo code; asset tag; asset {no}; meter {no}; document {no};
    doc {no}; job {no}; job id; project {no}; project {id}; patent {no}; patent; cve; grant {no};
    experiment {no}; sample {no}; sample id; test {no}; protocol {no}; message id;
    thread id; event id; object id; row id; offset; address 0x; memory; bytes; latency; duration;
    uptime; commande; {num} commande; commande {num}; reference commande; facture; {num} facture;
    facture {num}; {num} suivi; suivi colis; colis; article; reference article; reference produit;
    devis; bon de commande; {num} serie; {num} lot; chapitre; paragraphe; tableau; ligne; montant;
    prix; quantite; rapport; echelle; numero de suivi; billet; vol; numero de commande;
    numero de ticket; expediteur colis; bestellung; bestell{nr}; auftrags{nr}; auftrag; rechnung;
    rechnungs{nr}; sendungs{nr}; sendungsverfolgung; paket; artikel{nr}; artikel; lieferschein{nr};
    chargen{nr}; charge; serien{nr}; seriennummer; abschnitt; kapitel; abbildung; tabelle; seite;
    zeile; fassung; vorgangs{nr}; ticket{nr}; betrag; preis; menge; verhaltnis; massstab; anhang;
    modell; flug; absatz; bestellnummer; material{nr}; teile{nr}; referenz{nr}; pedido; {num} pedido;
    factura; {num} factura; seguimiento; articulo; seccion; capitulo; ordine; {num} ordine; fattura;
    {num} fattura; spedizione; sezione; capitolo; articolo; importo; precio; prezzo; lotto;
    numero de pedido; numero di ordine`;

export const NEUTRAL_LABELS = `
    date; datum; fecha; data; date de; issue date; start date; end date; due date; hire date;
    date of hire; admission date; visit date; date of service; effective date; issued; issued on;
    created; updated; admitted; discharged; date of admission; date of issue; delivre le;
    ausgestellt am; ausstellungsdatum; date de delivrance; date d entree; eintrittsdatum;
    aufnahmedatum; admission; appointment; termin; rendez vous; rdv; meeting; event date;
    delivery date; lieferdatum; date de livraison; invoice date; rechnungsdatum; date de facture;
    signed on; last updated; embauche le; date d embauche; fecha de ingreso; date of death;
    payment date; transaction date; posted; published; file name; filename; product name;
    company name; business name; trading name; firm name; entity name; company; event name; host name; hostname; domain name; class name; function name;
    display name of group; service name; project name; table name; column name; field name;
    package name; module name; app name; brand name; drug name; test name; plan name; group name;
    school name; bank name; street name; city name; country name; key name; variable name;
    raison sociale; nom du fichier; nom de fichier; nom du produit; nom de domaine; dateiname;
    produktname; firmenname; firma; hospital name; facility name; branch name; team name;
    department name; job title; nom de la banque; nom entreprise; nombre de archivo; brand;
    department; abteilung; titel; hospital; bank; banque; insurer; versicherer; employer;
    arbeitgeber; employeur; status; type; notes; note; comment; comments; remarks; currency; state;
    alien registration {no}; uscis {no}; company registration {no}; charity registration {no}; charity {no}; business registration {no}; commercial registration {no}; company {no}; country; land; pays; sex; gender; geschlecht; sexe`;
