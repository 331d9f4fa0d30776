#!/usr/bin/env bash
# Installs the real servers that the tests talk to, from Debian's packages, and moto (AWS as far as it plays it) from PyPI into
# a folder of its own under target/. Nothing is started; each test starts its own.
# Where it may not install, it stops with the one line that says what to install.
set -eu
cd "$(dirname "$0")/.."

MOTO=5.2.5

moto() {
  [ "$(cat target/test-services/moto 2>/dev/null)" = "$MOTO" ] && return
  echo "installing for the tests: moto $MOTO"
  python3 -m venv target/test-services
  target/test-services/bin/pip install --quiet --disable-pip-version-check "moto[server]==$MOTO"
  echo "$MOTO" >target/test-services/moto
}

wanted=()
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || wanted+=(postgresql)
command -v chromium >/dev/null || wanted+=(chromium)
# The same browser without a window of its own, which is half of what it costs to open a page.
command -v chromium-headless-shell >/dev/null || wanted+=(chromium-headless-shell)
command -v swaks >/dev/null || wanted+=(swaks)
perl -MNet::SSLeay -e 1 2>/dev/null || wanted+=(libnet-ssleay-perl)
PATH="$PATH:/usr/sbin" command -v dovecot >/dev/null || wanted+=(dovecot-imapd)
command -v openssl >/dev/null || wanted+=(openssl)
/usr/bin/python3 -c 'import dkim' 2>/dev/null || wanted+=(python3-dkim)
PATH="$PATH:/usr/sbin" command -v mariadbd >/dev/null || wanted+=(mariadb-server)
PATH="$PATH:/usr/sbin" command -v smtp-source >/dev/null || wanted+=(postfix)
PATH="$PATH:/usr/sbin" command -v dovecot >/dev/null && [ -x /usr/lib/dovecot/imap ] || wanted+=(dovecot-imapd)
/usr/bin/python3 -c 'import ensurepip' 2>/dev/null || wanted+=(python3-venv)

[ ${#wanted[@]} -eq 0 ] && { moto; exit 0; }

as_root=()
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    echo "the tests need these packages; install them and run make test again: apt-get install ${wanted[*]}" >&2
    exit 1
  fi
fi
command -v apt-get >/dev/null || {
  echo "the tests need PostgreSQL's and MariaDB's server binaries, Postfix, Dovecot, Chromium, swaks with TLS (Net::SSLeay), OpenSSL and dkimpy; this system has no apt-get, so install: ${wanted[*]}" >&2
  exit 1
}

echo "installing for the tests: ${wanted[*]}"
"${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 update -qq
# No database cluster is made and nothing is started: the tests make their own throw-away ones.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
  apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
moto
