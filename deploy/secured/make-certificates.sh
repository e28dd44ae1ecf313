#!/usr/bin/env bash
# Makes what deploy/compose.secured.yaml needs: an authority, certificates of the brokers and of the
# administrator, and a password for each user. Everything goes to `secrets` beside this script, which Git
# ignores. What is there already is kept; remove the folder to begin anew.
#
# The folder is for its owner alone. The files in it can be read by whoever gets them mounted: the users
# inside of containers have other numbers than yours.
set -euo pipefail
cd "$(dirname "$0")"
DAYS=${DAYS:-825}
mkdir -p secrets
chmod 700 secrets
cd secrets

if [ ! -f ca.key ]; then
    openssl req -x509 -newkey rsa:3072 -nodes -days "$DAYS" -subj "/CN=Sluicebox demo authority" \
        -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" \
        -keyout ca.key -out ca.pem 2>/dev/null
fi

# NAME ALTERNATIVE_NAMES: a key and a certificate in one file, as Kafka reads PEM.
certificate() {
    local name=$1 names=$2
    [ ! -f "$name.pem" ] || return 0
    openssl req -newkey rsa:3072 -nodes -subj "/CN=$name" -keyout "$name.key" -out "$name.csr" 2>/dev/null
    openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$DAYS" -out "$name.crt" \
        -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$names") 2>/dev/null
    cat "$name.key" "$name.crt" ca.pem >"$name.pem"
    rm "$name.key" "$name.csr" "$name.crt"
}

for broker in kafka1 kafka2 kafka3; do
    certificate "$broker" "DNS:$broker,DNS:localhost,IP:127.0.0.1"
done
certificate admin "DNS:admin"

for user in datagen processor sink auditor; do
    [ -f "$user.password" ] || openssl rand -hex 24 >"$user.password"
done
chmod 644 ./*.pem ./*.password
chmod 600 ca.key
ls -l
