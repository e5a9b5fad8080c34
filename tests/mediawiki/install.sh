#!/bin/sh
# Puts a MediaWiki and what it needs of PHP on a Debian machine, for the tests. Needs root, apt-get and a package index.
# MediaWiki's package is only unpacked: installed, it would bring a web server and start it.
set -eu

target=${1:-/var/lib/deskmate-tests}
[ -e "$target/usr/share/mediawiki/api.php" ] && command -v php >/dev/null && exit 0

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends php-cli php-intl php-mbstring php-sqlite3 php-xml

packages=$(mktemp -d)
trap 'rm -rf "$packages"' EXIT
cd "$packages"
apt-get download -qq mediawiki mediawiki-classes
mkdir -p "$target"
for package in *.deb; do dpkg-deb -x "$package" "$target"; done
