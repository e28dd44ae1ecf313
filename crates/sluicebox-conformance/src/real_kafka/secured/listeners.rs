//! What the property file of a node of a secured cluster has in place of the plain listeners.

use std::fmt::Write;

use super::super::settings::Ports;
use super::{REAUTHENTICATION_MS, Security};

const LOGIN_MODULES: &str = "org.apache.kafka.common.security";
/// Unsecured tokens are taken at their word: for tests.
const TOKEN_HANDLER: &str = "org.apache.kafka.common.security.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler";

/// The lines about listeners, logins and rights. Brokers and controllers talk to one another in the
/// clear: they are super users under the name `ANONYMOUS`, and so is who uses that listener.
pub(in crate::real_kafka) fn node_lines(security: &Security, own: Ports) -> String {
    let Ports {
        client,
        controller,
        internal,
        expired,
        mutual,
    } = own;
    let mut text = format!(
        "listener.security.protocol.map=LOGIN:SASL_SSL,EXPIRED:SASL_SSL,MUTUAL:SSL,\
             INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
         inter.broker.listener.name=INTERNAL\n\
         listeners=LOGIN://127.0.0.1:{client},EXPIRED://127.0.0.1:{expired},\
             MUTUAL://127.0.0.1:{mutual},INTERNAL://127.0.0.1:{internal},\
             CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners=LOGIN://localhost:{client},EXPIRED://localhost:{expired},\
             MUTUAL://localhost:{mutual},INTERNAL://127.0.0.1:{internal}\n\
         authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
         super.users=User:ANONYMOUS\n\
         ssl.truststore.type=PEM\n\
         ssl.truststore.location={authority}\n\
         ssl.keystore.type=PEM\n\
         listener.name.mutual.ssl.client.auth=required\n",
        authority = security.certificates.authority_file().display(),
    );
    for (listener, certificate) in [
        ("login", "broker"),
        ("mutual", "broker"),
        ("expired", "expired"),
    ] {
        let store = security.certificates.key_store(certificate);
        let _ = writeln!(
            text,
            "listener.name.{listener}.ssl.keystore.location={}",
            store.display()
        );
    }
    for listener in ["login", "expired"] {
        text.push_str(&logins(security, listener));
    }
    text
}

/// The mechanisms of a listener.
fn logins(security: &Security, listener: &str) -> String {
    let at = format!("listener.name.{listener}");
    let mut plain = format!("{LOGIN_MODULES}.plain.PlainLoginModule required");
    for (user, password) in &security.users {
        let _ = write!(plain, " user_{user}=\"{password}\"");
    }
    let scram = format!("{LOGIN_MODULES}.scram.ScramLoginModule required;");
    format!(
        "{at}.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER\n\
         {at}.connections.max.reauth.ms={REAUTHENTICATION_MS}\n\
         {at}.plain.sasl.jaas.config={plain};\n\
         {at}.scram-sha-256.sasl.jaas.config={scram}\n\
         {at}.scram-sha-512.sasl.jaas.config={scram}\n\
         {at}.oauthbearer.sasl.jaas.config=\
             {LOGIN_MODULES}.oauthbearer.OAuthBearerLoginModule required;\n\
         {at}.oauthbearer.sasl.server.callback.handler.class={TOKEN_HANDLER}\n"
    )
}
