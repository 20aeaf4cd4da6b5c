/** Label phrases of the financial types: without accents, `{a|b}` alternatives and {no} {id} {nr} {num} macros. */
import type { LabelSource } from '../model.ts';

export const FINANCIAL_LABELS: LabelSource = {
  CREDIT_CARD: {
    labels: `
    card {no}; card; credit card {no}; credit card; debit card {no}; debit card; cc {no}; cc; cc num;
    ccn; pan; payment card; payment card {no}; visa; mastercard; master card; amex; american express;
    discover card; card on file; maestro; primary account {no}; card pan; creditcard; charge card;
    visa card; {num} carte; {num} carte bancaire; {num} carte bleue; {num} carte de credit;
    carte bancaire; carte bleue; carte de credit; carte {num}; cb; carte de paiement; {num} cb;
    carte visa; kreditkarte; kreditkarten{nr}; karten{nr}; kreditkartennummer; karte {no};
    kartennummer; ec karte; zahlungskarte; visa karte; tarjeta; {num} tarjeta; tarjeta de credito;
    tarjeta de debito; carta di credito; {num} carta; numero carta; {num} carta di credito; carta;
    creditcard{nr}; cardnumber`,
  },
  CARD_CVV: {
    labels: ` cvv 2; cod seguridad; codigo cvv; codice cvv; codigo de seguridad; codice di sicurezza; codice di verifica; codigo de verificacion; kartenprufziffer; 
    cvv; cvc; three digits on the back; digits on the back; last three digits on the back; four digits on the front; cvv2; cvc2; cvv code; cvc code; cvv {no}; security code; card security code;
    card verification; card verification {code|value|number}; cvn; cvv cvc; cvv number;
    card verification code; card code; verification value; code de securite; cryptogramme;
    cryptogramme visuel; code cvv; code cvc; code de verification; prufziffer; kartenprufnummer;
    prufnummer; sicherheitscode; kartenprufziffer; prufcode; codigo de seguridad;
    codice di sicurezza; codigo cvv; codice cvv; code crypto; crypto visuel`,
    fields: `cid; csc; kpn`,
  },
  CARD_EXPIRY: {
    labels: ` expirant fin; expirant le; expire fin; expire le; expiring; expires end; expires; valable jusqu a fin; exp fin; valid until; good thru;  valida fino a; valida fino al; valido fino a; valable jusqu au; valida hasta; valido hasta; caduca; caduca el; scade; scade il; scad; cad; vence; vence el; gultig bis; 
    expiry; expiry date; exp; exp date; expires; expiration; expiration date; card expiry;
    card expiration; valid thru; valid through; valid until; good thru; exp dt; cc exp; card exp;
    expdate; expirydate; expires on; expires end; expiring; card expires; mm yy; exp mm yy;
    expiry mm yy; date d expiration; expire; expire fin; expire le; valable jusqu au; valable jusqu;
    date d expiration carte; exp carte; validite; date de validite; valide jusqu au; expire en;
    fin de validite; gultig bis; ablaufdatum; verfallsdatum; ablauf; gultigkeit; gueltig bis; gultig;
    verfall; gultigkeitsdatum; lauft ab; caducidad; fecha de caducidad; vencimiento; valida hasta;
    scadenza; data di scadenza; vence; fecha de vencimiento; valido fino al`,
  },
  IBAN: {
    labels: `
    iban; iban {no}; iban {num}; {num} iban; international bank account {no}; bank account iban;
    code iban; kontoverbindung iban; compte iban; ibannr; iban code; cuenta iban; conto iban;
    codice iban; iban {nr}`,
  },
  BIC: {
    labels: `
    bic; swift; bic swift; swift bic; swift code; bic code; code bic; code swift; bic {no};
    swift {no}; bank identifier code; codigo swift; codigo bic; codice swift; codice bic;
    swift address; swiftbic; bicfi; bic fi; bankleitzahl bic; swift id; bank identifier`,
  },
  ABA_ROUTING: {
    labels: `
    routing {no}; routing; aba; aba {no}; aba routing; aba routing {no}; rtn; routing transit {no};
    transit {no}; bank routing; bank routing {no}; ach routing; ach routing {no}; wire routing {no};
    routing no aba; transit routing {no}; rt {no}; fedwire routing; numero de routage; bank code aba;
    codigo aba; numero de ruta; code aba; routing code; routing aba; aba rtn; bankleitzahl aba;
    aba {nr}; routingnumber`,
  },
  UK_SORT_CODE: {
    labels: `
    sort code; sortcode; sort code {no}; bank sort code; sorting code; uk sort code;
    branch sort code; code guichet uk; sort codes; sortiercode; bank sort`,
    fields: `sort; sc; s c`,
  },
  BANK_ACCOUNT: {
    labels: ` c c; cc {no}; {num} c c; conto {num}; {num} conto corrente; n cuenta; cta; cta cte; cta bancaria; {num} cta; 
    account {no}; acct {no}; acct; a c no; ac no; bank account {no}; bank account; bank acct;
    bank acct {no}; checking account {no}; checking account; savings account {no}; savings account;
    account {num}; deposit account {no}; checking {no}; savings {no}; beneficiary account;
    beneficiary account {no}; direct deposit account; account numbers; accno; acctno; dda {no};
    brokerage account {no}; payee account; debit account; credit account; {num} compte;
    {num} compte bancaire; compte bancaire; compte {num}; numero de compte; compte courant; rib;
    compte epargne; no de compte; ncompte; konto{nr}; kontonummer; bankkonto; girokonto;
    bankkonto{nr}; kto {no}; kto; kontoverbindung; sparkonto; depot{nr}; konto {no}; {num} cuenta;
    cuenta bancaria; cuenta corriente; numero de cuenta; {num} conto; conto corrente;
    numero di conto; c c bancario; rekening{nr}; rekeningnummer; cuenta {num}; conto {num}; clabe`,
    fields: `
    account; konto; compte; conta; cuenta; conto; ac; a c; checking; savings`,
  },
  WIRE_REFERENCE: {
    labels: ` reference de l operation; reference operation; referencia de la operacion; ref virement; ref du virement; reference de la transaction; referenz der uberweisung; uberweisung referenz; ref transferencia; ref de la transferencia; {num} transferencia; rif bonifico; riferimento del bonifico; {num} bonifico; trn;  virement {num}; bonifico {num}; numero cro; cro; riferimento bonifico; uberweisung {nr}; 
    fed reference; fed reference {no}; fed ref; fed ref {no}; federal reference {no}; wire reference; wire ref; wire {no}; wire transfer {no}; wire transfer reference;
    wire confirmation; imad; omad; uetr; fedwire reference; transfer reference; reference virement;
    reference de virement; uberweisungsreferenz; referencia de transferencia; wire transfer ref;
    wire confirmation {no}; end to end id; transaktionsreferenz`,
  },
  PAYPAL_ACCOUNT: {
    labels: `
    pay pal account; pay pal {id}; pay pal handle; compte pay pal; pay pal konto; pay pal account {id};
    paypal; pay pal; paypal {id}; paypal account; paypal account {id}; paypal handle; compte paypal;
    paypal konto; cuenta paypal; conto paypal; paypal username; paypal merchant id; paypal payer id;
    payer id`,
  },
  BTC: {
    labels: `
    btc; bitcoin; btc address; bitcoin address; btc wallet; bitcoin wallet; adresse bitcoin;
    bitcoin adresse; direccion bitcoin; indirizzo bitcoin; portefeuille bitcoin`,
  },
  ETH: {
    labels: `
    eth; ethereum; eth address; ethereum address; eth wallet; ethereum wallet; adresse ethereum;
    ethereum adresse; erc20; erc 20 address`,
  },
  CRYPTO_WALLET: {
    labels: `
    wallet; wallet address; wallet id; crypto wallet; crypto address; ltc; ltc address;
    litecoin address; xrp address; dogecoin address; doge address; monero address; xmr address;
    solana address; sol address; tron address; cardano address; tezos address; adresse wallet`,
  },
  PIN: {
    labels: ` keysafe code; key safe code; keysafe; key safe; lockbox code; lock box code; padlock code; gate pin; entry pin; burglar alarm code; code boite a cles; code de la boite a cles; code alarme; code du portail; code portail; schlusselsafe code; schlusseltresor code; alarmcode; codigo de la alarma; codigo alarma; codice allarme;  code porte; code de porte; code de la porte; code d entree; digicode; tur code; turcode; codigo de la puerta; codice porta; codice portone; 
    pin; pin code; pincode; pin {no}; atm pin; card pin; personal identification {no}; security pin;
    door pin; access pin; sim pin; pin is; pin {num}; passcode; entry code; voicemail pin; phone pin;
    bank pin; debit pin; access code; unlock code; alarm code; door code; gate code; keypad code;
    code pin; code secret; code confidentiel; code d acces; code carte; code pin carte; geheimzahl;
    pin {nr}; geheimnummer; zugangscode; pinnummer; codigo pin; numero pin; codice pin;
    codigo secreto; codice segreto; pin nummer; entsperrcode; karten pin; codigo de acceso`,
  },
};
