/** Label phrases of accounts, passwords, keys and tokens. */
import type { LabelSource } from '../model.ts';

export const SECRET_LABELS: LabelSource = {
  USERNAME: {
    labels: ` login utente; nome account; usuario de acceso; usuario de red; utente di rete; nombre de cuenta; id de usuario;  denied for user; failed for user; 
    username; user name; user id; userid; login name; login id; login as; logged in as; log in as; logs in as; logging in as; logged on as; logs on as; signs in as; login is; account name; screen name; user handle; account id; signed in as; sign in as; login username; user login; loginname; unix user; ssh user; db user; database user; db username; nickname; gamertag; twitter handle; instagram handle; instagram; github username; github user; skype id; slack handle; x handle; mastodon; reddit user; snapchat; sam account name; samaccountname; user principal name; upn login; posted by; profile name; account user; account username; account login; username is; user account; session opened for user; accepted password for; accepted publickey for;
    nom d nom utilisateur; identifiant de connexion; identifiant utilisateur; login utilisateur; pseudo; pseudonyme; compte utilisateur; connecte en tant que; utilisateur; nom de compte; identifiant de compte; nom d usager; code utilisateur;
    benutzername; nutzername; benutzerkennung; anmeldename; login name; nutzerkennung; kontoname; anmeldung als; angemeldet als; benutzer id; accountname; spitzname; benutzerkonto; benutzer name; loginkennung;
    nombre de usuario; id de usuario; nome utente; id utente; nome de usuario; gebruikersnaam; gebruiker; apodo; cuenta de usuario`,
    fields: `
    faite par; fait par; traite par; ferme par; cree par; modifie par; done by; closed by; handled by; resolved by; updated by; created by; modified by; changed by; assigned to; erledigt von; bearbeitet von; geschlossen von; cerrado por; resuelto por; creado por; chiuso da; risolto da; adj; handle; uname; nick; twitter; discord; skype; telegram handle; linkedin; tiktok; kennung; identifiant; utilisateur; benutzer; nutzer; usuario; utente; for user; invalid user; user; login; usr; uid; alias; owner; actor; account; author login; usager; member name; username or email; by user; operator`,
  },
  PASSWORD: {
    labels: ` password wi fi; password wifi; password temporanea; password provvisoria; password iniziale; password temporal; contrasena wifi; contrasena inicial; contrasena provisional; contrasena de acceso; clave temporal; mot de passe wifi; mot de passe initial; passwort temporar; temporares passwort; vorlaufiges passwort; parola d accesso; parola di accesso; password d accesso;  root pw; admin pw; user pw; db pw; wifi pw; preshared key; pre shared key; wifi code; wlan code; wlan pw; wlan passwort; clave del wifi; contrasena del wifi; password del wifi; code du wifi; 
    password; passwords; passwd; passphrase; pass phrase; passwort; passworter; kennwort; losungswort; mot de passe; mdp; mots de passe; phrase secrete; contrasena; clave de acceso; clave secreta; parola d ordine; parola chiave; password di accesso; senha; wachtwoord; palavra passe; user password; db password; database password; root password; admin password; login password; temporary password; temp password; default password; new password; old password; wifi password; wi fi password; wifi key; network key; wpa key; wpa passphrase; wlan passwort; wlan schlussel; cle wifi; code wifi; cle wpa; netzwerkschlussel; initial password; initialpasswort; einmalpasswort; one time password; password is; master password; account password; portal password; vpn password; email password; ssh password; smtp password; smtp pass; redis password; mysql password; postgres password; postgrespassword; pgpassword; mysql pwd; sudo password; keystore password; pfx password; bind password; dbpass; dbpassword; db pass; userpassword; user pass; secret word; zugangspasswort; passwort lautet; kennwort lautet; mot de passe provisoire; mot de passe temporaire; contrasena temporal; clave wifi; passkey phrase; secret phrase; pass word`,
    fields: `
    pass; pwd; pw; clave; parola; secret; kw; pin password; psk; auth; credential; credentials`,
  },
  AWS_SECRET_KEY: {
    labels: `
    aws secret access key; aws secret key; aws secret; secret access key; aws secretaccesskey; secretaccesskey; aws sk; cle secrete aws; aws geheimschlussel; clave secreta aws; aws access secret; awssecret; aws secret access; aws key secret; geheimer aws schlussel; amazon secret key; s3 secret key; s3 secret; aws_secret; chiave segreta aws; geheimer zugriffsschlussel`,
    fields: `secret key; secretkey; secret`,
  },
  TWILIO_KEY: {
    labels: `
    twilio; twilio auth token; twilio sid; twilio account sid; twilio api key; twilio token; twilio key; twilio api secret; twilio secret; account sid; twilio auth; accountsid; twilio account; twilio api key sid; cle twilio; jeton twilio; twilio schlussel; twilio authtoken`,
    fields: `auth token; authtoken`,
  },
  BEARER_TOKEN: {
    labels: `
    bearer; authorization bearer; bearer token; bearer auth; jeton bearer; bearer auth token; bearertoken; authorization token; authorization; x auth token; proxy authorization`,
  },
  BASIC_AUTH: { labels: `authorization basic; basic auth; basic authorization; basic; http basic; proxy authorization basic` },
  SESSION_COOKIE: {
    labels: ` sitzungs cookie; sitzungstoken; id de sesion; id sessione; id di sessione; token de sesion; token di sessione; sesion id; jeton de la session; 
    phpsessid; jsessionid; session cookie; sessionid; session id; session token; connect sid; asp net sessionid; set cookie session; auth cookie; laravel session; cookie session; sitzungs id; sitzungscookie; cookie de session; jeton de session; identifiant de session; sesskey; session key; sessiontoken; sessioncookie; django session; rack session; sess id; sess; jeton csrf; csrf token; csrftoken; xsrf token; cookie de sesion; cookie di sessione; remember token; remember me; refresh cookie; cookie sid`,
    fields: `session; sid; cookie; set cookie`,
  },
  GENERIC_API_KEY: {
    labels: ` clave secreta api; clave de api secreta; chiave api; chiave segreta; chiave di accesso; token api; token de api; clave de cifrado; chiave di cifratura;  auth key; secure auth key; logged in key; nonce key; auth salt; secure auth salt; logged in salt; nonce salt; 
    api key; apikey; api keys; api token; apitoken; api secret; apisecret; access token; accesstoken; access key; accesskey; auth token; authtoken; authentication token; client secret; clientsecret; consumer secret; consumer key; app secret; appsecret; app key; appkey; secret key; secretkey; secret token; private token; private key id; signing key; signing secret; encryption key; webhook secret; webhook key; service key; service token; master key; refresh token; id token; deploy key; deploy token; license key; x api key; xapikey; api key is; api credential; oauth token; oauth secret; token secret; subscription key; shared secret; hmac key; hmac secret; jwt secret; secret key base; app token; bot token; push token; integration key; personal access token; account key; storage key; datadog api key; dd api key; sentry auth token; azure key; azure client secret; mailgun key; mailgun api key; cloudflare api token; digitalocean token; heroku api key; telegram token; discord token; session secret; cookie secret; salt; encryption secret; database key; publish key; write key; vault token; root token; consul token; sonar token; circleci token; pagerduty token; square token; shopify token; algolia key; algolia admin key; okta token; airtable key; notion token; linear api key; figma token; dropbox token; ftp key; storage account key; sas key; admin key; service account key;
    cle api; cle d api; cle secrete; jeton; jeton d acces; jeton api; jeton d authentification; secret client; cle d acces; cle de chiffrement; cle privee api; cle du service; secret applicatif;
    api schlussel; apischlussel; zugriffstoken; zugangstoken; geheimer schlussel; geheimschlussel; zugriffsschlussel; zugangsschlussel; client geheimnis; authentifizierungstoken; api geheimnis; dienstschlussel; schlussel api; verschlusselungsschlussel;
    clave api; clave de api; token de acceso; clave secreta; chiave api; token di accesso; chiave segreta; secreto de cliente; clave de acceso api`,
    fields: `token; secret; key; credential; credentials; auth; tok; signature key; schlussel; geheimnis; clave; chiave; cle`,
  },
};
