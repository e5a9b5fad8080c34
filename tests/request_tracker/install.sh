#!/bin/sh
# Installs Request Tracker 5 and SQLite for it from Debian's packages, about a minute. Nothing is started or configured.
set -eu
[ -x /usr/share/request-tracker5/libexec/rt-server ] && exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends request-tracker5 rt5-db-sqlite rt5-standalone
